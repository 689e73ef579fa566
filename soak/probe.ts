/**
 * Loaded before each program of a soak (`--import`). When asked, it reports the main thread's heap after a garbage
 * collection. It ends the program in order when the asking process is gone. The program itself does not know of it.
 */
import { isMainThread } from 'node:worker_threads';
import { tellParent } from './messages.ts';

if (isMainThread) {
  process.on('message', (ask) => {
    if (ask !== 'heap') return;
    globalThis.gc?.();
    tellParent({ kind: 'heap', bytes: process.memoryUsage().heapUsed });
  });
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // A program with nothing more to do still ends, as it would without this.
  process.channel?.unref();
}

/**
 * Loaded before a program that is soaked (`--import`): tells what is left of the main thread's heap when it is asked, and ends the
 * program in order when the process that asks is gone. The program itself knows nothing of it.
 */
import { isMainThread } from 'node:worker_threads';
import { say } from './messages.ts';

if (isMainThread) {
  process.on('message', (ask) => {
    if (ask !== 'heap') return;
    globalThis.gc?.();
    say({ kind: 'heap', bytes: process.memoryUsage().heapUsed });
  });
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // A program that has nothing more to do ends, as without this.
  process.channel?.unref();
}

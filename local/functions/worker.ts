/** Runs inside a worker thread, as one execution environment of one function. Node runs this file as it is. */
import { parentPort, workerData } from 'node:worker_threads';
import { handlerContext } from './context.ts';
import { describeError, describeFully } from './describe-error.ts';
import { type Handler, loadHandler } from './load-handler.ts';
import type { InvokeMessage, WorkerData, WorkerMessage } from './wire.ts';

const data: WorkerData = workerData;
let requestId: string | undefined;

const post = (message: WorkerMessage) => parentPort?.postMessage(message);

/**
 * Sends output through the same port as results, not through the worker's own streams: a line then arrives before the
 * result of the invocation that wrote it, and says which invocation that was.
 */
function sendOutput(stream: 'stdout' | 'stderr') {
  process[stream].write = (
    chunk: string | Uint8Array,
    encoding?: BufferEncoding | ((error?: Error | null) => void),
    done?: (error?: Error | null) => void,
  ) => {
    post({ kind: 'wrote', requestId, stream, text: typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString() });
    const callback = typeof encoding === 'function' ? encoding : done;
    if (callback) queueMicrotask(() => callback());
    return true;
  };
}

function toJson(result: unknown): string {
  const json = JSON.stringify(result === undefined ? null : result);
  if (json === undefined) throw new TypeError(`The handler returned a ${typeof result}, which JSON cannot carry`);
  return json;
}

async function run(handler: Handler, message: InvokeMessage) {
  requestId = message.requestId;
  try {
    const payload = toJson(await handler(JSON.parse(message.event), handlerContext(data, message)));
    post({ kind: 'returned', requestId: message.requestId, payload });
  } catch (error) {
    process.stderr.write(`${describeFully(error)}\n`);
    post({ kind: 'threw', requestId: message.requestId, message: describeError(error) });
  } finally {
    requestId = undefined;
  }
}

if (data.clockLead) {
  const [machine, ahead] = [Date.now, new BigInt64Array(data.clockLead)];
  Date.now = () => machine() + Number(Atomics.load(ahead, 0));
}
sendOutput('stdout');
sendOutput('stderr');
try {
  const handler = await loadHandler(data.codePath, data.handler);
  parentPort?.on('message', (message: InvokeMessage) => run(handler, message));
  post({ kind: 'ready' });
} catch (error) {
  process.stderr.write(`${describeFully(error)}\n`);
  post({ kind: 'init-failed', message: describeError(error) });
}

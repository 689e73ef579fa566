import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../clock.ts';
import type { FunctionDefinition, LogEntry } from './definition.ts';
import { describeError, describeFully } from './describe-error.ts';
import type { Failure, Invocation } from './invocation.ts';
import { functionArn, lambdaEnvironment, logGroupName, logStreamName } from './lambda-environment.ts';
import { lineSplitter } from './line-splitter.ts';
import type { InvokeMessage, WorkerData, WorkerMessage } from './wire.ts';

/** Lambda gives a function ten seconds to initialise, whatever its timeout. */
const INIT_TIMEOUT_MS = 10_000;

/** One execution environment: a worker thread that runs one invocation at a time and keeps its module state. */
export interface Sandbox {
  readonly id: string;
  readonly functionId: string;
  /** Runs one invocation once the bundle is loaded. Never rejects. Must not be called while the sandbox is busy. */
  run(event: string): Promise<Invocation>;
  /** Ends the worker. What it was running fails with `failure`. */
  end(failure: Failure): void;
  /** Resolves when the thread has ended, for whatever reason. */
  readonly ended: Promise<void>;
}

export interface SandboxOptions {
  id: string;
  definition: FunctionDefinition;
  environment: Readonly<Record<string, string>>;
  clock: Clock;
  log: (entry: LogEntry) => void;
  /** Called once, when the worker has ended or is ending and takes no further invocation. */
  onGone: () => void;
}

export function startSandbox({ id, definition, environment, clock, log, onGone }: SandboxOptions): Sandbox {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: {
      codePath: definition.codePath,
      handler: definition.handler,
      functionId: definition.id,
      memoryMb: definition.memoryMb,
      functionArn: functionArn(definition.id),
      logGroupName: logGroupName(definition.id),
      logStreamName: logStreamName(id),
      ...(clock.lead && { clockLead: clock.lead }),
    } satisfies WorkerData,
    env: { ...definition.environment, ...lambdaEnvironment(definition, id), ...environment },
    // The function must not inherit options of the program that starts the run, e.g. a test runner's loader.
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: definition.memoryMb },
  });
  let ready = false;
  let gone = false;
  let fate: Failure | undefined;
  let running: { requestId: string; event: string; settle: (outcome: Invocation) => void } | undefined;
  let cancelTimeout = () => {};
  const ended = Promise.withResolvers<void>();

  const write = (stream: 'stdout' | 'stderr') => {
    let requestId: string | undefined;
    const lines = lineSplitter((line) => log({ functionId: definition.id, workerId: id, requestId, stream, line }));
    return {
      flush: lines.flush,
      write(text: string, by: string | undefined) {
        if (by !== requestId) lines.flush();
        requestId = by;
        lines.write(text);
      },
    };
  };
  const output = { stdout: write('stdout'), stderr: write('stderr') };

  const settle = (outcome: Invocation) => {
    cancelTimeout();
    for (const stream of [output.stdout, output.stderr]) stream.flush();
    const { settle } = running ?? {};
    running = undefined;
    settle?.(outcome);
  };
  const markGone = (failure: Failure) => {
    fate ??= failure;
    if (gone) return;
    gone = true;
    onGone();
  };
  const end = (failure: Failure) => {
    markGone(failure);
    void worker.terminate();
  };
  const limit = (ms: number, failure: Failure) => {
    cancelTimeout();
    cancelTimeout = clock.after(ms, () => end(failure));
  };
  const begin = () => {
    if (!running) return;
    const { timeoutMs } = definition;
    limit(timeoutMs, { kind: 'timeout', message: `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds` });
    worker.postMessage({ requestId: running.requestId, event: running.event, timeoutMs } satisfies InvokeMessage);
  };

  const receive = (message: WorkerMessage) => {
    if (message.kind === 'wrote') return output[message.stream].write(message.text, message.requestId);
    // Nothing counts after the worker's fate is decided: a result that crosses with a kill never arrived.
    if (fate) return;
    if (message.kind === 'init-failed') return end({ kind: 'init', message: message.message });
    if (message.kind === 'ready') {
      ready = true;
      return begin();
    }
    if (message.requestId !== running?.requestId) return;
    if (message.kind === 'returned') return settle({ ok: true, payload: JSON.parse(message.payload) });
    settle({ ok: false, failure: { kind: 'handler', message: message.message } });
  };
  worker.on('message', receive);
  worker.on('error', (error) => {
    output.stderr.write(`${describeFully(error)}\n`, running?.requestId);
    markGone({ kind: ready ? 'crash' : 'init', message: describeError(error) });
  });
  worker.on('exit', (code) => {
    markGone({ kind: ready ? 'crash' : 'init', message: `The function's process exited with code ${code}` });
    // Only now: once its failure is reported, a worker must not be able to do anything more.
    if (fate) settle({ ok: false, failure: fate });
    ended.resolve();
  });
  limit(INIT_TIMEOUT_MS, { kind: 'init', message: `Initialisation did not end within ${INIT_TIMEOUT_MS} ms` });

  return {
    id,
    functionId: definition.id,
    run(event) {
      const { promise, resolve } = Promise.withResolvers<Invocation>();
      running = { requestId: randomUUID(), event, settle: resolve };
      if (ready) begin();
      return promise;
    },
    end,
    ended: ended.promise,
  };
}

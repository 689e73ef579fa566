import { countConcurrency } from './concurrency.ts';
import type { FunctionDefinition, FunctionOptions } from './definition.ts';
import { describeError } from './describe-error.ts';
import type { Failure, FailureKind, Invocation, Invoke } from './invocation.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';

export type { FunctionDefinition, FunctionOptions, LogEntry } from './definition.ts';

/** Lambda on one machine: runs the template's functions in worker threads, with Lambda's rules and failures. */
export interface FunctionRuntime {
  invoke: Invoke;
  /** The unique number of the invocation that this worker is running; undefined if it is idle. */
  running(workerId: string): number | undefined;
  /**
   * Ends this worker at once, as the loss of its host does. What it was running fails as `killed`. Returns whether it
   * was running something. With `invocation`, kills the worker only while it runs that invocation.
   */
  kill(workerId: string, invocation?: number): boolean;
  workers(functionId?: string): readonly { id: string; functionId: string; busy: boolean }[];
  /**
   * Acts like a new deployment: idle workers end now, busy ones after their invocation. The next invocation starts
   * cold.
   */
  recycle(functionId?: string): Promise<void>;
  stop(): Promise<void>;
}

/** A worker of the pool. A stale one takes no further invocation. */
interface Member {
  sandbox: Sandbox;
  busy: boolean;
  /** The number of its current or last invocation. */
  invocation: number;
  stale: boolean;
}

const failed = (kind: FailureKind, message: string): Invocation => ({ ok: false, failure: { kind, message } });
const RECYCLED: Failure = { kind: 'killed', message: 'The worker was recycled' };
/** The outcome of an invocation that the end of the run cut off. It is not a failure of the function. */
export const STOPPED: Failure = { kind: 'killed', message: 'The run was stopped' };

export function startFunctions(options: FunctionOptions): FunctionRuntime {
  const definitions = new Map(options.definitions.map((definition) => [definition.id, definition]));
  const concurrency = countConcurrency(options.definitions, options.maxConcurrency ?? 10);
  const log = options.log ?? (() => {});
  // In order of use, the last used last: warm workers are taken from the end.
  const members = new Map<string, Member>();
  // Includes those that are ending, so that stop() can wait for every thread.
  const threads = new Set<Sandbox>();
  let started = 0;
  let invocations = 0;
  let stopped = false;

  const start = (definition: FunctionDefinition): Member => {
    started += 1;
    const id = `${definition.id}-${started}`;
    const environment = options.environmentOf(definition.id, id);
    const onGone = () => members.delete(id);
    const sandbox = startSandbox({ id, definition, environment, clock: options.clock, log, onGone });
    threads.add(sandbox);
    void sandbox.ended.then(() => threads.delete(sandbox));
    return { sandbox, busy: false, invocation: 0, stale: false };
  };
  const run = async (definition: FunctionDefinition, event: string): Promise<Invocation> => {
    const warm = [...members.values()].findLast(
      ({ sandbox, busy, stale }) => sandbox.functionId === definition.id && !busy && !stale,
    );
    const member = warm ?? start(definition);
    const { id } = member.sandbox;
    member.busy = true;
    member.invocation = ++invocations;
    members.delete(id);
    members.set(id, member);
    const outcome = await member.sandbox.run(event);
    member.busy = false;
    if (member.stale) member.sandbox.end(RECYCLED);
    if (members.delete(id)) members.set(id, member);
    return outcome;
  };

  const running = (workerId: string) => {
    const member = members.get(workerId);
    return member?.busy ? member.invocation : undefined;
  };

  return {
    running,
    async invoke(functionId, event) {
      const definition = definitions.get(functionId);
      if (stopped) return { ok: false, failure: STOPPED };
      if (!definition) return failed('init', `There is no function ${functionId}`);
      const giveBack = concurrency.take(functionId);
      if (!giveBack) return failed('throttled', 'Rate Exceeded.');
      try {
        return await run(definition, JSON.stringify(event ?? null));
      } catch (error) {
        return failed('init', describeError(error));
      } finally {
        giveBack();
      }
    },
    kill(workerId, invocation) {
      const at = running(workerId);
      if (invocation !== undefined && at !== invocation) return false;
      members.get(workerId)?.sandbox.end({ kind: 'killed', message: `Worker ${workerId} was killed` });
      return at !== undefined;
    },
    workers: (functionId) =>
      [...members.values()]
        .map(({ sandbox, busy }) => ({ id: sandbox.id, functionId: sandbox.functionId, busy }))
        .filter((worker) => functionId === undefined || worker.functionId === functionId),
    async recycle(functionId) {
      const chosen = [...members.values()].filter(
        ({ sandbox }) => functionId === undefined || sandbox.functionId === functionId,
      );
      for (const member of chosen) member.stale = true;
      const idle = chosen.filter(({ busy }) => !busy).map(({ sandbox }) => sandbox);
      for (const sandbox of idle) sandbox.end(RECYCLED);
      await Promise.all(idle.map(({ ended }) => ended));
    },
    async stop() {
      stopped = true;
      const all = [...threads];
      for (const sandbox of all) sandbox.end(STOPPED);
      await Promise.all(all.map(({ ended }) => ended));
    },
  };
}

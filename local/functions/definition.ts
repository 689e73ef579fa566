import type { Clock } from '../clock.ts';

/** A function as the template describes it: what Lambda knows about it. */
export interface FunctionDefinition {
  /** Logical id in the template; the one-machine run also uses it as the function's name. */
  id: string;
  /** The bundle's folder. */
  codePath: string;
  /** `<file without extension>.<export>`, e.g. `index.handler`. */
  handler: string;
  timeoutMs: number;
  memoryMb: number;
  /** The function's own variables. The machine's environment is not added to them. */
  environment: Readonly<Record<string, string>>;
  /** Concurrent invocations reserved for this function, which is also the most it can have. */
  reservedConcurrency?: number;
}

/** One line that a function wrote. `requestId` is undefined for a line written outside an invocation. */
export interface LogEntry {
  functionId: string;
  workerId: string;
  requestId: string | undefined;
  stream: 'stdout' | 'stderr';
  line: string;
}

export interface FunctionOptions {
  definitions: readonly FunctionDefinition[];
  /** Variables for one worker: its credentials and the services' endpoints. They override the function's own. */
  environmentOf(functionId: string, workerId: string): Readonly<Record<string, string>>;
  /** Measures timeouts. */
  clock: Clock;
  log?: (entry: LogEntry) => void;
  /**
   * Concurrent invocations in the whole account, or a function that says how many now; a new account may have only 10.
   */
  maxConcurrency?: number | (() => number);
}

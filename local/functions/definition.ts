import type { Clock } from '../clock.ts';

/** One function as the template describes it: what Lambda knows of it. */
export interface FunctionDefinition {
  /** Logical id in the template; the one-machine run also uses it as the function's name. */
  id: string;
  /** Folder that holds the bundle. */
  codePath: string;
  /** `<file without extension>.<export>`, e.g. `index.handler`. */
  handler: string;
  timeoutMs: number;
  memoryMb: number;
  /** The function's own variables. Nothing of the machine's environment is added to them. */
  environment: Readonly<Record<string, string>>;
  /** Invocations at a time that are kept free for this function, and the most it can have. */
  reservedConcurrency?: number;
}

/** One line that a function wrote. `requestId` is absent for what it wrote outside an invocation. */
export interface LogEntry {
  functionId: string;
  workerId: string;
  requestId: string | undefined;
  stream: 'stdout' | 'stderr';
  line: string;
}

export interface FunctionOptions {
  definitions: readonly FunctionDefinition[];
  /** Variables for one worker: its credentials and the endpoints of the services. They win over the function's own. */
  environmentOf(functionId: string, workerId: string): Readonly<Record<string, string>>;
  /** Measures timeouts. */
  clock: Clock;
  log?: (entry: LogEntry) => void;
  /** Invocations at a time in the whole account, or what says how many now; a new AWS account may have only 10. */
  maxConcurrency?: number | (() => number);
}

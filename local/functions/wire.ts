/** What the program and a worker exchange. Events and results are JSON text, as in Lambda. */

export interface WorkerData {
  codePath: string;
  handler: string;
  functionId: string;
  memoryMb: number;
  functionArn: string;
  logGroupName: string;
  logStreamName: string;
  /** {@link Clock.lead} */
  clockLead?: SharedArrayBuffer;
}

export interface InvokeMessage {
  requestId: string;
  event: string;
  /** How long the invocation may take, counted from when the worker reads this. */
  timeoutMs: number;
}

export type WorkerMessage =
  | { kind: 'ready' }
  | { kind: 'init-failed'; message: string }
  | { kind: 'returned'; requestId: string; payload: string }
  | { kind: 'threw'; requestId: string; message: string }
  | { kind: 'wrote'; requestId: string | undefined; stream: 'stdout' | 'stderr'; text: string };

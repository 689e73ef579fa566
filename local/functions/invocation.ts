/** How an invocation can fail. Each is what Lambda would report for it; none of them ends the run. */
export type FailureKind = 'handler' | 'timeout' | 'init' | 'crash' | 'killed' | 'throttled';

export interface Failure {
  kind: FailureKind;
  message: string;
}

/** What came of an invocation: what the handler returned, as JSON carries it, or how it failed. */
export type Invocation = { ok: true; payload: unknown } | { ok: false; failure: Failure };

/** Invokes the function with this logical id of the template. Never rejects. */
export type Invoke = (functionId: string, event: unknown) => Promise<Invocation>;

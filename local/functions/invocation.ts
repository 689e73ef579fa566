/** How an invocation can fail, as Lambda would report it. None of these ends the run. */
export type FailureKind = 'handler' | 'timeout' | 'init' | 'crash' | 'killed' | 'throttled';

export interface Failure {
  kind: FailureKind;
  message: string;
}

/** The outcome of an invocation: what the handler returned, after JSON, or how it failed. */
export type Invocation = { ok: true; payload: unknown } | { ok: false; failure: Failure };

/** Invokes the function with this logical id. Never rejects. */
export type Invoke = (functionId: string, event: unknown) => Promise<Invocation>;

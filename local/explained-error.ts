/** An error that a person can mend: its message says what happened and what to do, and a stack trace would hide it. */
export class ExplainedError extends Error {}

/** An error that a person can fix: its message says what happened and what to do. A stack trace would hide that. */
export class ExplainedError extends Error {}

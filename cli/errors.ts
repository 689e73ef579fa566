/** How the command line ends: documented in `nbwatch --help`, relied on by scripts. */
export const EXIT = { ok: 0, failed: 1, usage: 2, notFound: 3 } as const;

/** An error that a person can mend. The message says what happened, `next` what to do about it. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly next: string;
  readonly exitCode: number;
  constructor(message: string, next: string, exitCode: number = EXIT.failed) {
    super(message);
    this.next = next;
    this.exitCode = exitCode;
  }
}

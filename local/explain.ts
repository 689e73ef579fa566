import { tmpdir } from 'node:os';
import { ExplainedError } from './explained-error.ts';
import { FOLDER } from './folder.ts';

/** What to do about errors of the machine, recognized by their name and message. */
const NEXT: readonly (readonly [says: RegExp, explanation: (text: string) => string])[] = [
  [
    /ENOSPC|no space left on device/i,
    () =>
      `The disk is full. Free some space and start again. nbwatch writes to ${tmpdir()} (set TMPDIR to change it) and to ${FOLDER} (set NBWATCH_FOLDER).`,
  ],
  [
    /^Error: E(ACCES|PERM|ROFS|NOTDIR|EXIST):/,
    (text) =>
      `${text}\nChoose folders that this user may write to: set NBWATCH_FOLDER to replace ${FOLDER}, and TMPDIR to replace ${tmpdir()}.`,
  ],
  [
    // DynamoDB Local reports nothing more specific, whatever is wrong with its files.
    /^InternalFailure:/,
    () =>
      `DynamoDB Local cannot use its data in ${FOLDER}. If the disk is full, free some space and start again. If a killed run damaged the data, start with empty tables: npm start -- --reset`,
  ],
];

/** An ExplainedError that says what to do, if the cause is known; otherwise the error itself. */
export function explain(error: unknown): unknown {
  const text = String(error);
  const [, explanation] = NEXT.find(([says]) => says.test(text)) ?? [];
  return explanation ? new ExplainedError(explanation(text.replace(/^Error: /, ''))) : error;
}

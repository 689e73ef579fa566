import { tmpdir } from 'node:os';
import { ExplainedError } from './explained-error.ts';
import { FOLDER } from './folder.ts';

/** What to do about errors of the machine, by what their name and message say. */
const NEXT: readonly (readonly [says: RegExp, explanation: (text: string) => string])[] = [
  [
    /ENOSPC|no space left on device/i,
    () =>
      `The disk is full. nbwatch writes to ${tmpdir()} (another folder: TMPDIR) and to ${FOLDER} (another: NBWATCH_FOLDER): make room, and start again.`,
  ],
  [
    /^Error: E(ACCES|PERM|ROFS|NOTDIR|EXIST):/,
    (text) =>
      `${text}\nName folders that this user may write to: NBWATCH_FOLDER instead of ${FOLDER}, TMPDIR instead of ${tmpdir()}.`,
  ],
  [
    // DynamoDB Local says no more, whatever it is that its files do not take.
    /^InternalFailure:/,
    () =>
      `DynamoDB Local cannot use its data in ${FOLDER}. Either the disk is full: make room, and start again. Or a run that was killed left them damaged: npm start -- --reset begins with empty ones.`,
  ],
];

/** The error, or where that is known one that says what to do. */
export function explain(error: unknown): unknown {
  const text = String(error);
  const [, explanation] = NEXT.find(([says]) => says.test(text)) ?? [];
  return explanation ? new ExplainedError(explanation(text.replace(/^Error: /, ''))) : error;
}

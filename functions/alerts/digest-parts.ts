import type { JobFailedIntent, JobIntents, JobRecoveredIntent } from './intent.ts';
import { failureForm, recoveredForm } from './machine-form.ts';
import { countThatFit, type Member } from './message-room.ts';
import type { Severity } from './severity.ts';

/** The longest severity. Severities depend on the settings, which must not change how messages are split. */
const LONGEST: Severity = 'information';

/**
 * Splits what is reported together, so that each part fits into one message. Order is kept; there is at least one part.
 */
export function partsOf(
  failures: readonly JobFailedIntent[],
  recovered: readonly JobRecoveredIntent[],
): [JobIntents, ...JobIntents[]] {
  const members: Member[] = [
    ...failures.map((intent) => ({ place: intent, form: failureForm(intent, LONGEST) })),
    ...recovered.map((intent) => ({ place: intent, form: recoveredForm(intent, LONGEST) })),
  ];
  const ends = [countThatFit(members)];
  for (let end = ends[0] ?? 0; end < members.length; ends.push(end)) end += countThatFit(members.slice(end));
  const [first = { failures: [], recovered: [] }, ...others] = ends.map((end, index) => {
    const start = ends[index - 1] ?? 0;
    const ofRecovered = (at: number) => Math.max(at - failures.length, 0);
    return { failures: failures.slice(start, end), recovered: recovered.slice(ofRecovered(start), ofRecovered(end)) };
  });
  return [first, ...others];
}

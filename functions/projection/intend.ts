import {
  deservesAlert,
  failureItem,
  type JobRecoveredIntent,
  noticeItem,
  pendingSince,
  type SeriesNote,
} from '../alerts/intent.ts';
import { intentKey } from '../keys/records.ts';
import type { ItemKey } from '../keys/tables.ts';
import type { JobFact } from '../ledger/fact.ts';
import { DONE } from '../nbwss/job.ts';
import type { Records } from '../records/records.ts';
import type { SeriesRun, Streak } from '../records/series.ts';
import type { Added } from '../records/series-store.ts';
import type { ProjectionContext } from './context.ts';

/**
 * Writes the intents that a DONE fact calls for: that the job failed, and that failures are over. `added`: the result
 * of adding the fact to its series, if it has one.
 */
export async function intend(
  { records, series, now }: ProjectionContext,
  fact: JobFact,
  added: Added | undefined,
): Promise<void> {
  if (deservesAlert(fact)) {
    const intent = { ...failureItem(fact, noteOf(await added?.streak())), ...pendingSince(now()) };
    const before = await records.writeOnce(intent);
    // The stream gave this fact up, a rebuild wrote its intent as already told, and `redrive` projects it now: nobody
    // was told.
    if (before?.rebuilt === true) await records.replaceRebuilt(intent);
  }
  // A failure that arrives after the run that ended it is over too.
  const usable = added?.mayEndFailures ? await series.usableFrom(added.run) : undefined;
  const ended = usable && (await series.endedBy(usable, added));
  if (!ended) return;
  const places = ended.latest.map((run) => intentKey(run.primary, { ...run, state: DONE }));
  const silenced = await countSilenced(records, places);
  await records.writeOnce({
    ...recoveredItem(usable, ended, { silenced, endedFailures: places }),
    ...pendingSince(now()),
  });
}

/** Counts those of these failures that a silence held back. */
async function countSilenced(records: Records, places: readonly ItemKey[]): Promise<number> {
  let silenced = 0;
  for (const place of places) if ((await records.read(place))?.silence !== undefined) silenced += 1;
  return silenced;
}

function noteOf(streak: Streak | undefined): SeriesNote | undefined {
  return streak && { failures: streak.failures, failingSince: streak.failingSince, lastUsableAt: streak.lastUsableAt };
}

function recoveredItem(
  usable: SeriesRun,
  ended: Streak,
  failures: Pick<JobRecoveredIntent, 'silenced' | 'endedFailures'>,
): object {
  const { messageTime: _, expiresAt: __, ...run } = usable;
  const { statuses, latest: ___, ...series } = ended;
  const id = [run.primary, run.jobId, run.startTime, run.status];
  return noticeItem<JobRecoveredIntent>({ kind: 'JobRecovered', ...run, series, statuses, ...failures }, id);
}

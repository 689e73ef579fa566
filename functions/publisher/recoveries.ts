import { jobDedupKey } from '../alerts/dedup-key.ts';
import type { Intent, JobFailedIntent, JobRecoveredIntent } from '../alerts/intent.ts';
import { placeName } from '../keys/tables.ts';
import type { Unit } from './unit.ts';

/** Whether a unit is a recovery that people would get before its failures, unless those are sent `together` with it. */
export type IsEarly = (unit: Unit, together?: ReadonlySet<Intent>) => boolean;

const NOTHING: ReadonlySet<Intent> = new Set();

/** Finds recoveries with a failure that still waits: what closes an incident must not come before what opens it. */
export function earlyRecoveries(waiting: readonly Intent[], isPlanned: (intent: Intent) => boolean): IsEarly {
  const failuresOf = failuresByRecovery(waiting);
  return ({ content }, together = NOTHING) =>
    content.kind === 'JobRecovered' &&
    failuresOf(content.recovered).some((failure) => !isPlanned(failure) && !together.has(failure));
}

/**
 * Finds, among those that wait, the failures that a recovery ended: those that it names, and those that came before it
 * and share its incident.
 */
function failuresByRecovery(waiting: readonly Intent[]): (recovered: JobRecoveredIntent) => readonly JobFailedIntent[] {
  const isRecovered = waiting.some(({ kind }) => kind === 'JobRecovered');
  const failures = isRecovered ? waiting.filter((intent) => intent.kind === 'JobFailed') : [];
  const byPlace = new Map(failures.map((failure) => [placeName(failure), failure]));
  const byKey = Map.groupBy(failures, ({ primary, entry, series }) => jobDedupKey(primary, entry, series));
  return (recovered) => {
    const named = recovered.endedFailures.flatMap((place) => byPlace.get(placeName(place)) ?? []);
    const ofIncident = byKey.get(jobDedupKey(recovered.primary, recovered, recovered.series)) ?? [];
    return [...named, ...ofIncident.filter(({ receivedAt }) => receivedAt <= recovered.receivedAt)];
  };
}

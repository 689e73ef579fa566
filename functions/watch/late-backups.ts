import { seriesKey } from '../keys/records.ts';
import type { Series } from '../questions/series.ts';
import type { Expectation } from '../registry/expectation.ts';
import { type OverdueState, overdueKey } from '../registry/overdue.ts';
import { settleEach } from '../runtime/settle.ts';
import type { WatchContext } from './context.ts';
import { byHabit, isLate, type Watched, watchedByDeclaration, watchedByHabit, watchedByMemory } from './overdue.ts';
import type { KnownHabit } from './overdue-memory.ts';

type SearchContext = Pick<WatchContext, 'series' | 'overdueMemory' | 'thresholds' | 'now'>;

/** What was found among the backups of a primary. */
export interface LateBackups {
  /** The series that may matter. */
  series: Series[];
  /** The backups that would be late if everything had been heard, by their place. */
  late: Map<string, Watched>;
}

const HOUR_MS = 3_600_000;

/** Reads at a time. */
const AT_ONCE = 40;

const NEVER = new AbortController().signal;

export const sortKeyOf = (primary: string, backup: Parameters<typeof overdueKey>[1]): string =>
  overdueKey(primary, backup).sk;

/**
 * Finds the late backups of a primary, by its expectations and by habit. `open`: those remembered as overdue. Undefined
 * if there was no time.
 */
export async function findLateBackups(
  context: SearchContext,
  { primary, expectations }: { primary: string; expectations: readonly Expectation[] },
  open: readonly OverdueState[],
  hasTime: () => boolean,
): Promise<LateBackups | undefined> {
  const { thresholds, now } = context;
  const at = now();
  // An overdue or declared backup may have had a usable run just now.
  const since = open.length + expectations.length > 0 ? at : at - thresholds.overdueHours * HOUR_MS;
  const series = await Array.fromAsync(context.series.withoutUsableRunSince(primary, since, at));
  const remembered = new Set(open.map((state) => sortKeyOf(primary, state)));
  const others = byHabit(series, expectations).filter((one) => !remembered.has(placeOfSeries(one)));
  const habitual = await watchedHabits(context, primary, others, hasTime);
  if (!habitual) return undefined;
  const watched = [
    ...habitual,
    ...open.flatMap((state) => watchedByMemory(state, series, expectations, thresholds) ?? []),
    ...watchedByDeclaration(series, expectations, open),
  ].filter((one) => isLate(one, at));
  return { series, late: new Map(watched.map((one) => [sortKeyOf(primary, one), one])) };
}

function placeOfSeries({ primary, clientName: client, policyName: policy, scheduleType, jobType }: Series): string {
  return sortKeyOf(primary, { client, policy, rule: 'habit', scheduleType, jobType });
}

/**
 * The series that have a habit. A habit is read once for each last usable run, and again when one of its runs expires.
 */
async function watchedHabits(
  { series: questions, thresholds, overdueMemory, now }: SearchContext,
  primary: string,
  series: readonly Series[],
  hasTime: () => boolean,
): Promise<Watched[] | undefined> {
  const before = overdueMemory.habits.get(primary);
  const known = new Map<string, KnownHabit>();
  overdueMemory.habits.set(primary, known);
  const old = series.filter(({ lastUsableAt }) => now() - lastUsableAt > thresholds.overdueHours * HOUR_MS);
  const watched = await settleEach(old, AT_ONCE, NEVER, async (one) => {
    const { pk } = seriesKey(one);
    const { lastUsableAt } = one;
    const remembered = before?.get(pk);
    if (remembered?.lastUsableAt === lastUsableAt && now() < remembered.until) known.set(pk, remembered);
    else if (!hasTime()) return 'no time';
    else known.set(pk, { lastUsableAt, ...(await questions.habit(one, thresholds.overdueRuns, now())) });
    const habit = known.get(pk)?.habit;
    return habit && watchedByHabit(one, habit, thresholds);
  });
  if (watched.includes('no time')) return undefined;
  return watched.filter((one) => typeof one === 'object');
}

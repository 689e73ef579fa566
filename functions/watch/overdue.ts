import type { Series } from '../questions/series.ts';
import { type Habit, limitOf, type OverdueRule, unseenLimitOf } from '../records/habit.ts';
import { concerns, type Declaration, type Expectation, isDeclaration, isRetired } from '../registry/expectation.ts';
import type { FeedGap } from '../registry/feed.ts';
import type { OverdueBackup, OverdueState } from '../registry/overdue.ts';
import { heardIn } from './unheard.ts';

/** A backup, and how long it may go without a usable run. Times are epoch ms, durations ms. */
export type Watched = Omit<OverdueBackup, 'openedAt' | 'reminder' | 'unheard'>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

const namesOf = ({ clientName, policyName }: Series) => ({ client: clientName, policy: policyName });

/** The series that are watched by habit: they had a usable run once, and nobody declared or retired them. */
export function byHabit(series: readonly Series[], expectations: readonly Expectation[]): Series[] {
  const declarations = expectations.filter(isDeclaration);
  return series.filter(
    (one) =>
      one.lastUsableAt > 0 &&
      !declarations.some((declaration) => concerns(declaration, namesOf(one))) &&
      !isRetired(expectations, namesOf(one), one.lastUsableAt),
  );
}

export function watchedByHabit(series: Series, habit: Habit, rule: OverdueRule): Watched {
  const { scheduleType, jobType, lastUsableAt } = series;
  return {
    ...{ ...namesOf(series), rule: 'habit', scheduleType, jobType, lastUsableAt, since: lastUsableAt },
    ...{ ...habit, limit: limitOf(habit, rule) },
  };
}

/**
 * The same for a series that is remembered as overdue, by the habit that it had then, because its runs expire before it
 * does. Undefined when nobody waits for it any more.
 */
export function watchedByMemory(
  state: OverdueState,
  series: readonly Series[],
  expectations: readonly Expectation[],
  rule: OverdueRule,
): Watched | undefined {
  const { lastUsableAt, usual = 0, longest = 0 } = state;
  const one = state.rule === 'habit' ? seriesOf(state, series)[0] : undefined;
  const [watched] = byHabit(one ? [{ ...one, lastUsableAt }] : [], expectations);
  return watched && watchedByHabit(watched, { usual, longest }, rule);
}

/** The declared backups. `series`: all of the primary. `open`: what is remembered as overdue, because series expire. */
export function watchedByDeclaration(
  series: readonly Series[],
  expectations: readonly Expectation[],
  open: readonly OverdueState[],
): Watched[] {
  const declared = open.filter(({ rule }) => rule === 'declared');
  return expectations
    .filter(isDeclaration)
    .map((declaration) => watchedFor(declaration, series, declared))
    .filter(({ declaredAt, ...one }) => !isRetired(expectations, one, Math.max(one.lastUsableAt, declaredAt)))
    .map(({ declaredAt: _, ...watched }) => watched);
}

function watchedFor(
  declaration: Declaration,
  series: readonly Series[],
  declared: readonly OverdueState[],
): Watched & { declaredAt: number } {
  const { client, policy, every: limit, declaredAt } = declaration;
  const known = [
    ...series.filter((one) => concerns(declaration, namesOf(one))),
    ...declared.filter((state) => concerns(declaration, state)),
  ];
  const lastUsableAt = Math.max(0, ...known.map((one) => one.lastUsableAt));
  return { client, policy, rule: 'declared', lastUsableAt, since: lastUsableAt || declaredAt, limit, declaredAt };
}

/** The series behind a backup that is remembered as overdue. */
function seriesOf({ client, policy, ...state }: OverdueState, series: readonly Series[]): Series[] {
  return series.filter(
    (one) =>
      concerns({ ...state, client, policy }, namesOf(one)) &&
      (state.rule === 'declared' || (one.scheduleType === state.scheduleType && one.jobType === state.jobType)),
  );
}

/** The newest usable run of a backup that is remembered as overdue; undefined when none of its series is there. */
export function lastUsableOf(state: OverdueState, series: readonly Series[]): number | undefined {
  const its = seriesOf(state, series);
  return its.length === 0 ? undefined : Math.max(...its.map((one) => one.lastUsableAt));
}

/**
 * Whether a backup has gone without a usable run for too long. Time in which nothing was heard does not count. Where
 * there was such time, one run may have gone unseen, unless the primary server was heard without a break for longer
 * than the limit.
 */
export function isLate(watched: Watched, now: number, unheard: readonly FeedGap[] = []): boolean {
  const { total, longest } = heardIn(unheard, watched.since, now);
  return longest > watched.limit || total > unseenLimit(watched);
}

/** A declared limit has no room for a run that nobody saw, so it waits for the run after that. */
function unseenLimit({ limit, usual, longest }: Watched): number {
  if (usual === undefined || longest === undefined) return 2 * limit;
  return unseenLimitOf({ usual, longest }, limit);
}

/** The state that is stored for a backup that becomes overdue. */
export function opened(primary: string, late: Watched, now: number, unheard: readonly FeedGap[]): OverdueState {
  const left = now - late.since - heardIn(unheard, late.since, now).total;
  return { primary, ...late, ...(left > 0 && { unheard: left }), openedAt: now, reminder: 0, toldAt: now };
}

/**
 * Whether newly overdue backups are reported now. When a scheduler stops, what ran in one night becomes overdue in one
 * night, so each message of a day makes the next one wait an hour longer.
 */
export function isTimeToReport(open: readonly OverdueState[], now: number): boolean {
  const told = new Set(open.map(({ openedAt }) => openedAt).filter((openedAt) => now - openedAt < DAY_MS));
  return now >= Math.max(0, ...told) + told.size * HOUR_MS;
}

/**
 * The backups to remind people of: they are still late, and a week is over; with them, all that would be due within a
 * day.
 */
export function remindersOf(
  open: readonly OverdueState[],
  lateOf: (state: OverdueState) => Watched | undefined,
  now: number,
): OverdueState[] {
  const late = open.flatMap((state) => {
    const watched = lateOf(state);
    return watched ? [{ ...state, ...watched }] : [];
  });
  const weeks = (state: OverdueState, at: number) => Math.floor((at - state.openedAt) / WEEK_MS);
  if (!late.some((state) => weeks(state, now) > state.reminder)) return [];
  return late
    .filter((state) => weeks(state, now + DAY_MS) > state.reminder)
    .map((state) => ({ ...state, reminder: weeks(state, now + DAY_MS), toldAt: now }));
}

/** How long a resumed backup waits for those that became overdue with it. */
const WAIT_MS = 4 * HOUR_MS;

/** Whether resumed backups are reported now: one of them has waited long enough, or has none to wait for. */
export function isTimeToReportEnd(open: readonly OverdueState[], now: number): boolean {
  const waiting = open.filter(({ resumedAt }) => resumedAt === undefined);
  return open.some(
    ({ resumedAt, openedAt }) =>
      resumedAt !== undefined &&
      (now - resumedAt >= WAIT_MS || !waiting.some((other) => Math.abs(other.openedAt - openedAt) < DAY_MS)),
  );
}

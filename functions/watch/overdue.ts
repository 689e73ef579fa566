import type { Series } from '../questions/series.ts';
import { type Habit, limitOf, type OverdueRule } from '../records/habit.ts';
import type { EndpointState } from '../registry/endpoint.ts';
import { concerns, type Declaration, type Expectation, isDeclaration, isRetired } from '../registry/expectation.ts';
import { type FeedState, isFeedOf } from '../registry/feed.ts';
import type { OverdueBackup, OverdueState } from '../registry/overdue.ts';

/** A backup, and how long it may be without a usable run. Times are epoch ms, durations ms. */
export type Watched = Omit<OverdueBackup, 'openedAt' | 'reminder'>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

const namesOf = ({ clientName, policyName }: Series) => ({ client: clientName, policy: policyName });

/** The series that are watched by what they did before: nobody said anything of them, and they worked once. */
export function byHabit(series: readonly Series[], said: readonly Expectation[]): Series[] {
  const declarations = said.filter(isDeclaration);
  return series.filter(
    (one) =>
      one.lastUsableAt > 0 &&
      !declarations.some((declaration) => concerns(declaration, namesOf(one))) &&
      !isRetired(said, namesOf(one), one.lastUsableAt),
  );
}

export function watchedByHabit(series: Series, habit: Habit, rule: OverdueRule): Watched {
  const { scheduleType, jobType, lastUsableAt } = series;
  return {
    ...{ ...namesOf(series), rule: 'habit', scheduleType, jobType, lastUsableAt, since: lastUsableAt },
    ...{ ...habit, limit: limitOf(habit, rule) },
  };
}

/** What people declared. `series`: all of the primary. */
export function watchedByDeclaration(series: readonly Series[], said: readonly Expectation[]): Watched[] {
  return said
    .filter(isDeclaration)
    .map((declaration) => watchedFor(declaration, series))
    .filter(({ declaredAt, ...one }) => !isRetired(said, one, Math.max(one.lastUsableAt, declaredAt)))
    .map(({ declaredAt: _, ...watched }) => watched);
}

function watchedFor(declaration: Declaration, series: readonly Series[]): Watched & { declaredAt: number } {
  const { client, policy, every: limit, declaredAt } = declaration;
  const covered = series.filter((one) => concerns(declaration, namesOf(one)));
  const lastUsableAt = Math.max(0, ...covered.map((one) => one.lastUsableAt));
  return { client, policy, rule: 'declared', lastUsableAt, since: lastUsableAt || declaredAt, limit, declaredAt };
}

/** The newest usable run of what is remembered as overdue; undefined when none of its series is there. */
export function lastUsableOf(
  { client, policy, ...state }: OverdueState,
  series: readonly Series[],
): number | undefined {
  const its = series.filter(
    (one) =>
      concerns({ ...state, client, policy }, namesOf(one)) &&
      (state.rule === 'declared' || (one.scheduleType === state.scheduleType && one.jobType === state.jobType)),
  );
  return its.length === 0 ? undefined : Math.max(...its.map((one) => one.lastUsableAt));
}

/** Whether it has had no usable run for longer than it may. */
export function isLate({ since, limit }: Watched, now: number, heardSince = 0): boolean {
  return now - Math.max(since, heardSince) > limit;
}

/**
 * Since when a primary server has been heard without a break, as far as one must know: what is not heard is not missed, and is not
 * overdue at once when it is heard again. Undefined while it is not heard. `endpoints`: those that are not revoked.
 */
export function heardSince(endpoints: readonly EndpointState[], feeds: readonly FeedState[]): number | undefined {
  const known = endpoints.map((endpoint) => ({ endpoint, feed: feeds.find((feed) => isFeedOf(feed, endpoint)) }));
  const used = known.filter(({ endpoint, feed }) => feed || endpoint.tokenUsedAt || endpoint.previousTokenHash);
  const alive = (used.length > 0 ? used : known).filter(({ feed }) => feed?.lostFrom === undefined);
  if (alive.length === 0) return undefined;
  // One that is heard all the time vouches for the others.
  return Math.min(...alive.map(({ endpoint, feed }) => Math.max(endpoint.createdAt, feed?.restoredAt ?? 0)));
}

/** What is remembered of a backup that begins to be overdue. */
export function opened(primary: string, late: Watched, now: number): OverdueState {
  return { primary, ...late, openedAt: now, reminder: 0, toldAt: now };
}

/**
 * Whether backups that begin to be overdue are told now. When a scheduler stops, what ran in one night becomes overdue in one night:
 * so each message of a day makes the next one wait an hour longer.
 */
export function isTimeToTell(open: readonly OverdueState[], now: number): boolean {
  const told = new Set(open.map(({ openedAt }) => openedAt).filter((openedAt) => now - openedAt < DAY_MS));
  return now >= Math.max(0, ...told) + told.size * HOUR_MS;
}

/** Those that are still late and told again: each week, and with one all that would be in the next day. */
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

/** How long one that has resumed waits for those that became overdue with it. */
const WAIT_MS = 4 * HOUR_MS;

/** Whether those that have resumed are told now: one of them has waited long enough, or for nobody. */
export function isTimeToEnd(open: readonly OverdueState[], now: number): boolean {
  const waiting = open.filter(({ resumedAt }) => resumedAt === undefined);
  return open.some(
    ({ resumedAt, openedAt }) =>
      resumedAt !== undefined &&
      (now - resumedAt >= WAIT_MS || !waiting.some((other) => Math.abs(other.openedAt - openedAt) < DAY_MS)),
  );
}

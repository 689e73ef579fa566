import { randomUUID } from 'node:crypto';
import { pendingSince } from '../alerts/intent.ts';
import { overdueNotice } from '../alerts/overdue-notice.ts';
import type { Series } from '../questions/series.ts';
import { type EndpointState, RESERVED_PRIMARY } from '../registry/endpoint.ts';
import type { Expectation } from '../registry/expectation.ts';
import type { FeedGap, FeedState } from '../registry/feed.ts';
import type { OverdueState } from '../registry/overdue.ts';
import { describe, log } from '../runtime/log.ts';
import { settleEach } from '../runtime/settle.ts';
import type { WatchContext } from './context.ts';
import type { Counts } from './duties.ts';
import { findLateBackups, sortKeyOf } from './late-backups.ts';
import {
  isLate,
  isTimeToReport,
  isTimeToReportEnd,
  lastUsableOf,
  opened,
  remindersOf,
  type Watched,
} from './overdue.ts';
import { feedsInUse, isHeard, type KnownFeed, unheardTimes } from './unheard.ts';

type OverdueContext = Pick<
  WatchContext,
  | 'endpoints'
  | 'feeds'
  | 'expectations'
  | 'overdues'
  | 'overdueLease'
  | 'overdueMemory'
  | 'series'
  | 'records'
  | 'thresholds'
  | 'now'
>;

/** How often a primary is looked at. */
const EACH_MS = 10 * 60_000;

/** Longer than a run may take, so that no other run reports at the same time. */
export const LEASE_MS = 55_000;

/** The time that a run reserves for the writes of one primary. */
const RESERVE_MS = 15_000;

/** Reads or writes at a time. */
const AT_ONCE = 40;

const NEVER = new AbortController().signal;

/** A primary with what is known about it and its backups. */
interface Primary {
  primary: string;
  /** Those that are not revoked. */
  endpoints: readonly EndpointState[];
  feeds: readonly FeedState[];
  expectations: readonly Expectation[];
}

/**
 * Looks at each primary every ten minutes. Reports backups that did not run, in one message and again each week, and
 * those that run again. It holds a lease, so that exactly one run reports what an earlier run noted but did not report.
 */
export async function watchOverdue(context: OverdueContext, timeLeft: () => number): Promise<Counts> {
  const due = await duePrimaries(context);
  if (due.length === 0) return {};
  const holder = randomUUID();
  if (!(await context.overdueLease.take(holder, context.now(), context.now() + LEASE_MS))) return {};
  try {
    const feeds = await Array.fromAsync(context.feeds.list());
    const expectations = await Array.fromAsync(context.expectations.list());
    await watchAll(
      context,
      due.map(([primary, endpoints]) => ({
        ...{ primary, endpoints, feeds },
        expectations: expectations.filter((one) => one.primary === primary),
      })),
      () => timeLeft() > RESERVE_MS,
    );
  } finally {
    await context.overdueLease.release(holder);
  }
  return {};
}

/**
 * The primaries that are due for a look, with their endpoints that are not revoked; those that waited longest first.
 */
async function duePrimaries({ endpoints, overdueMemory, now }: OverdueContext): Promise<[string, EndpointState[]][]> {
  const all = (await Array.fromAsync(endpoints.list())).filter(({ primary }) => primary !== RESERVED_PRIMARY);
  const lookedAt = (primary: string) => overdueMemory.lookedAt.get(primary) ?? 0;
  return [...Map.groupBy(all, ({ primary }) => primary)]
    .filter(([primary]) => now() - lookedAt(primary) >= EACH_MS)
    .sort(([a], [b]) => lookedAt(a) - lookedAt(b))
    .map(([primary, its]) => [primary, its.filter(({ revokedAt }) => revokedAt === undefined)]);
}

/**
 * Watches one primary after the other while there is time; the next run goes on. A failure of one does not stop the
 * others.
 */
async function watchAll(context: OverdueContext, due: readonly Primary[], hasTime: () => boolean): Promise<void> {
  const failed: unknown[] = [];
  for (const one of due) {
    const { primary } = one;
    if (!hasTime()) break;
    const at = context.now();
    try {
      if (await watchPrimary(context, one, at, hasTime)) context.overdueMemory.lookedAt.set(primary, at);
      else log.warn('The check for overdue backups of a primary ran out of time; the next run continues', { primary });
    } catch (error) {
      log.error('The check for overdue backups of a primary failed', { primary, error: describe(error) });
      failed.push(error);
    }
  }
  if (failed.length > 0) throw failed[0];
}

/** False when there was no time to look at all backups; then nothing new is reported. */
async function watchPrimary(
  context: OverdueContext,
  one: Primary,
  at: number,
  hasTime: () => boolean,
): Promise<boolean> {
  const { overdues } = context;
  const { primary, endpoints, feeds } = one;
  // First report what a run noted before it died.
  const open = await writeNotices(context, primary, await Array.fromAsync(overdues.list(primary)));
  if (endpoints.length === 0) {
    for (const state of open) await overdues.remove(state);
    return true;
  }
  const inUse = feedsInUse(endpoints, feeds);
  if (!isHeard(inUse)) return true;

  const found = await findLateBackups(context, one, open, hasTime);
  if (!found) return false;
  const lateOf = (state: OverdueState) => found.late.get(sortKeyOf(primary, state));
  const ended = await settleEach(open, AT_ONCE, NEVER, (state) =>
    nextStateOf(context, state, found.series, lateOf(state)),
  );
  const forgotten = open.filter((_, index) => ended[index] === 'forgotten');
  await settleEach(forgotten, AT_ONCE, NEVER, overdues.remove);
  const left = ended.filter((state) => state !== 'forgotten');

  const fresh = await freshOf(context, one, open, found.late, at, inUse, hasTime);
  if (!fresh) return false;
  const [resumed, waiting] = [left.filter(hasResumed), left.filter((state) => !hasResumed(state))];
  const reminders = remindersOf(waiting, lateOf, at);
  const isReported = reminders.length > 0 || isTimeToReport(left, at);
  const ends = isTimeToReportEnd(left, at) ? resumed.map((state) => ({ ...state, endToldAt: at })) : resumed;
  const before = new Set(open);
  const changed = [...ends, ...reminders, ...(isReported ? fresh : [])].filter((state) => !before.has(state));
  await settleEach(changed, AT_ONCE, NEVER, overdues.put);
  await writeNotices(context, primary, changed);
  return true;
}

const hasResumed = ({ resumedAt }: OverdueState) => resumedAt !== undefined;

/** The next state of an overdue backup: the same, or with its end; `forgotten` when nobody waits for it any more. */
async function nextStateOf(
  { series: questions, now }: OverdueContext,
  state: OverdueState,
  series: readonly Series[],
  late: Watched | undefined,
): Promise<OverdueState | 'forgotten'> {
  if (state.resumedAt !== undefined) return state;
  const { primary, client: clientName, policy: policyName, scheduleType = '', jobType = '', rule } = state;
  const lastInIndex = lastUsableOf(state, series);
  const name = { primary, clientName, policyName, scheduleType, jobType };
  // A query can miss an item that moves in the index meanwhile, so only the table tells whether it is gone.
  const read = lastInIndex === undefined && rule === 'habit' ? await questions.read(name, now()) : undefined;
  const lastUsableAt = lastInIndex ?? read?.lastUsableAt ?? 0;
  if (lastUsableAt > state.lastUsableAt) return { ...state, resumedAt: lastUsableAt };
  // No longer late without a run: it was retired, its declaration changed or ended, or its series expired.
  return late || read ? state : 'forgotten';
}

/** The backups that are overdue and not remembered as such. Undefined if there was no time. */
async function freshOf(
  context: OverdueContext,
  one: Primary,
  open: readonly OverdueState[],
  late: ReadonlyMap<string, Watched>,
  at: number,
  inUse: readonly KnownFeed[],
  hasTime: () => boolean,
): Promise<OverdueState[] | undefined> {
  const { primary } = one;
  const known = new Set(open.map((state) => sortKeyOf(primary, state)));
  const unknown = [...late].filter(([name]) => !known.has(name));
  if (unknown.length === 0) return [];
  const unheard = await readUnheard(context, inUse);
  const fresh = unknown.filter(([, watched]) => isLate(watched, at, unheard));
  if (fresh.length === 0) return [];
  // A query can miss an item that moves in the index meanwhile, which would then pass for never seen. So look twice.
  const again = await findLateBackups(context, one, open, hasTime);
  return (
    again && fresh.filter(([name]) => again.late.has(name)).map(([, watched]) => opened(primary, watched, at, unheard))
  );
}

async function readUnheard({ feeds }: OverdueContext, inUse: readonly KnownFeed[]): Promise<FeedGap[]> {
  const known = inUse.map(async (one) => ({ ...one, gaps: await Array.fromAsync(feeds.gaps(one.endpoint.endpoint)) }));
  return unheardTimes(await Promise.all(known));
}

/**
 * Writes the notices that these states name, unless they are known to be written. Then forgets the backups that have
 * ended, and returns the others. Repeating it changes nothing.
 */
async function writeNotices(
  { overdues, overdueMemory, records, thresholds, now }: OverdueContext,
  primary: string,
  states: readonly OverdueState[],
): Promise<OverdueState[]> {
  const told = overdueMemory.told.get(primary) ?? new Set();
  const notices = Map.groupBy(states, ({ toldAt, endToldAt }) =>
    endToldAt === undefined ? `${toldAt}` : `end ${endToldAt}`,
  );
  for (const [name, members] of notices) {
    const [first] = members;
    if (!first || told.has(name)) continue;
    const item = overdueNotice(primary, members, thresholds);
    if (!(await records.writeOnce({ ...item, ...pendingSince(now()) })))
      log.warn(first.endToldAt === undefined ? 'Backups are overdue' : 'Overdue backups run again', {
        primary,
        backups: members.length,
      });
  }
  overdueMemory.told.set(primary, new Set([...told, ...notices.keys()]));
  const ended = states.filter(({ endToldAt }) => endToldAt !== undefined);
  await settleEach(ended, AT_ONCE, NEVER, overdues.remove);
  return states.filter(({ endToldAt }) => endToldAt === undefined);
}

import { counted } from '../functions/alerts/words.ts';
import { asidesByDay } from '../functions/questions/asides.ts';
import { messagesUnsent } from '../functions/questions/messages.ts';
import { seriesFailing } from '../functions/questions/series.ts';
import { unprojectedByDay } from '../functions/questions/unprojected.ts';
import { type Waiting, waitingIntents } from '../functions/questions/waiting.ts';
import { createDeletions, isInForce, type Told } from '../functions/registry/deletions.ts';
import type { EndpointState } from '../functions/registry/endpoint.ts';
import { type FeedState, isFeedOf, lastSignOf } from '../functions/registry/feed.ts';
import { createFeeds } from '../functions/registry/feeds.ts';
import { createOverdues } from '../functions/registry/overdues.ts';
import { settleAll } from '../functions/runtime/settle.ts';
import { isActive } from '../functions/silences/silence.ts';
import { showTime } from './output.ts';
import type { Session } from './session.ts';
import { projectionCheck } from './status-projection.ts';

/** The result of one check. `found`: one object for each thing that is not well. */
export interface Check {
  check: string;
  state: 'ok' | 'attention';
  what: string;
  /** What to do about it. */
  next?: string;
  found: readonly object[];
}

export const isAttentionNeeded = ({ state }: Check) => state === 'attention';

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;

/**
 * How long something may wait to be sent before that is a problem: in a storm, digests are due every quarter of an
 * hour.
 */
const WAITS_LONG_MS = 20 * MINUTE_MS;

/** The results of all checks, for all primaries or for one. */
export async function statusOf(session: Session, primary: string | undefined): Promise<Check[]> {
  const primaries = await session.primaries(primary);
  return settleAll([
    feedsCheck(session, primaries),
    backupsCheck(session, primaries),
    imagesCheck(session, primaries),
    receivedCheck(session, primaries),
    projectionCheck(session, primaries),
    alertsCheck(session, primaries),
  ]);
}

async function feedsCheck({ tables, endpoints, now }: Session, primaries: readonly string[]): Promise<Check> {
  const remembered = new Map<string, FeedState>();
  for await (const feed of createFeeds(tables.client, tables.registry, () => now).list())
    remembered.set(feed.endpoint, feed);
  const feeds: { endpoint: string; primary: string; lastSignAt: number; lostFrom?: number | undefined }[] = [];
  let unused = 0;
  for await (const state of endpointsInUse(endpoints.list(), primaries)) {
    const { endpoint, primary, createdAt } = state;
    // Leaves out the feed and connections of an earlier endpoint of this name, which was revoked.
    const feed = [remembered.get(endpoint)].find((one) => one && isFeedOf(one, state));
    const opened = await Array.fromAsync(firstOf(endpoints.connections(endpoint, 1)));
    const newest = opened.find(({ openedAt }) => openedAt >= createdAt);
    const lastSignAt = feed || newest ? lastSignOf(feed ?? { aliveAt: 0 }, newest ? [newest] : []) : 0;
    if (lastSignAt === 0) unused += 1;
    else feeds.push({ endpoint, primary, lastSignAt, lostFrom: feed?.lostFrom });
  }
  const lost = feeds.filter(({ lostFrom }) => lostFrom !== undefined);
  const [first] = lost.toSorted((a, b) => a.lastSignAt - b.lastSignAt);
  const never = unused === 0 ? '' : `; ${counted(unused, 'endpoint')} never used`;
  if (!first) {
    const what = feeds.length === 0 ? 'no primary server has connected yet' : `${feeds.length} heard`;
    return { check: 'feeds', state: 'ok', what: `${what}${never}`, found: [] };
  }
  return {
    check: 'feeds',
    state: 'attention',
    what: `${lost.length} of ${feeds.length} lost: ${first.primary} through ${first.endpoint} since ${showTime(first.lastSignAt)} UTC${lost.length > 1 ? ', and others' : ''}${never}`,
    next: `npx nbwatch endpoint show ${first.endpoint}`,
    found: lost,
  };
}

async function* endpointsInUse(endpoints: AsyncIterable<EndpointState>, primaries: readonly string[]) {
  for await (const endpoint of endpoints)
    if (endpoint.revokedAt === undefined && primaries.includes(endpoint.primary)) yield endpoint;
}

async function* firstOf<T>(all: AsyncIterable<T>): AsyncGenerator<T> {
  for await (const one of all) {
    yield one;
    return;
  }
}

async function backupsCheck({ tables, now }: Session, primaries: readonly string[]): Promise<Check> {
  const overdues = createOverdues(tables.client, tables.registry, tables.onUnreadable);
  const [overdue, failing]: [object[], object[]] = [[], []];
  for (const primary of primaries) {
    for await (const one of overdues.list(primary)) if (one.resumedAt === undefined) overdue.push(one);
    failing.push(...(await Array.fromAsync(seriesFailing(tables, primary, now))));
  }
  if (overdue.length + failing.length === 0)
    return { check: 'backups', state: 'ok', what: 'none is overdue, none fails', found: [] };
  return {
    check: 'backups',
    state: 'attention',
    what: `${overdue.length} overdue, ${failing.length} failing`,
    next: failing.length > 0 ? 'npx nbwatch series --failing' : 'npx nbwatch series --without 26h',
    found: [...overdue, ...failing],
  };
}

/** Images that vanished in the last day, unless their message was dismissed. */
async function imagesCheck({ tables, now }: Session, primaries: readonly string[]): Promise<Check> {
  const deletions = createDeletions(tables.client, tables.registry);
  const all = (await Array.fromAsync(deletions.dismissals())).filter((one) => isInForce(one, now));
  const dismissals = all.filter(({ primary }) => primaries.includes(primary));
  const isDismissed = ({ primary, toldAt }: Told) =>
    dismissals.some((one) => one.primary === primary && one.createdAt >= toldAt);
  const lately: Told[] = [];
  for await (const told of deletions.told())
    if (primaries.includes(told.primary) && told.toldAt > now - DAY_MS) lately.push(told);
  const found = lately.filter((told) => !isDismissed(told));
  const known = dismissals.length === 0 ? '' : `; ${counted(dismissals.length, 'dismissal')} in force`;
  if (found.length === 0) {
    const what = lately.length === 0 ? 'none vanished in the last day' : 'what vanished in the last day is dismissed';
    return { check: 'images', state: 'ok', what: `${what}${known}`, found: [] };
  }
  return {
    check: 'images',
    state: 'attention',
    what: `images of ${found.length === 1 ? 'a primary server' : `${found.length} primary servers`} vanished in the last day${known}`,
    next: 'npx nbwatch alerts list --kind ImagesDeleted',
    found,
  };
}

/** What was received in the last day and could not be used yet. */
async function receivedCheck({ tables, now }: Session, primaries: readonly string[]): Promise<Check> {
  const range = { from: now - DAY_MS, to: now };
  const found: object[] = [];
  for (const primary of primaries) found.push(...(await Array.fromAsync(asidesByDay(tables, primary, range, now))));
  const aside = found.length;
  for await (const fact of unprojectedByDay(tables, range, now)) if (primaries.includes(fact.primary)) found.push(fact);
  if (found.length === 0)
    return { check: 'received', state: 'ok', what: 'everything of the last day could be used', found: [] };
  return {
    check: 'received',
    state: 'attention',
    what: `in the last day ${aside} put aside, ${found.length - aside} not projected`,
    next: 'npx nbwatch quarantine',
    found,
  };
}

async function alertsCheck({ tables, now }: Session, primaries: readonly string[]): Promise<Check> {
  const unsent = (await messagesUnsent(tables, now)).map(({ id, writtenAt }) => ({ message: id, since: writtenAt }));
  // What a silence still holds after it is over waits like everything else.
  const isHeld = ({ silence }: Waiting) => silence !== undefined && isActive(silence, now);
  const isAsked = ({ intent }: Waiting) => !(intent && 'primary' in intent) || primaries.includes(intent.primary);
  const all = await Array.fromAsync(waitingIntents(tables, now));
  const waiting = all.filter((one) => !isHeld(one) && isAsked(one));
  const late = [...unsent, ...waiting.map(({ kind, since }) => ({ kind, since }))].filter(
    ({ since }) => since < now - WAITS_LONG_MS,
  );
  const soon = unsent.length + waiting.length - late.length;
  if (late.length === 0)
    return {
      check: 'alerts',
      state: 'ok',
      what: soon === 0 ? 'all are sent' : soon === 1 ? '1 waits for its turn' : `${soon} wait for their turn`,
      found: [],
    };
  return {
    check: 'alerts',
    state: 'attention',
    what: `${late.length} waiting for more than ${WAITS_LONG_MS / MINUTE_MS} minutes, since ${showTime(Math.min(...late.map(({ since }) => since)))} UTC`,
    next: 'npx nbwatch alerts pending',
    found: late,
  };
}

import { isDeepStrictEqual } from 'node:util';
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { seriesOfPrimary } from '../keys/indexes.ts';
import { jobRecordKey, SERIES_RUN_PREFIX, seriesKey, seriesKeyIn, seriesRunKey } from '../keys/records.ts';
import { FORMAT, type ItemKey, PARTITION_KEY, SORT_KEY } from '../keys/tables.ts';
import type { JobFact } from '../ledger/fact.ts';
import { asKept, type Item, isKept, queryItems, unchanged, unlessRefused } from '../store/items.ts';
import {
  foldSeries,
  reachingBack,
  runItem,
  runOf,
  runOutcome,
  type SeriesRun,
  type Streak,
  seriesRun,
  streakOf,
} from './series.ts';

/** How many runs back a streak of failures is counted. */
const LONGEST_STREAK = 1_000;

/** Runs read at a time. For most series the last two are enough. */
const PAGE = 25;

/**
 * How often a series that another projection changed meanwhile is folded again. After that the fold fails, and is
 * retried.
 */
const ATTEMPTS = 10;

/** The runs of each series, and the series folded from them. */
export interface SeriesStore {
  /** Adds a DONE fact to its series, if it has one, and folds the series again. Repeating it changes nothing. */
  add(fact: JobFact): Promise<Added | undefined>;
  /**
   * Folds the series of a partition again. If nothing says when it was last usable, reads all its failures. Returns
   * what was there before; `empty`: it has no runs, and nothing was changed.
   */
  refold(pk: string): Promise<Exclude<Was, 'changed'>>;
  /** The failures in a row that a usable run ended; undefined when there were none. `added`: the run that led to it. */
  endedBy(run: SeriesRun, added?: Added): Promise<Streak | undefined>;
  /** The first usable run of a series, starting with this run. */
  usableFrom(run: SeriesRun): Promise<SeriesRun | undefined>;
}

/** A run after it was added to its series. */
export interface Added {
  run: SeriesRun;
  /** The failures in a row that end with it, itself included. */
  streak(): Promise<Streak | undefined>;
  /** False if this run certainly ended no failures. */
  mayEndFailures: boolean;
  /** The series as it was before; undefined if it is new. */
  before: Item | undefined;
}

/** A range of runs' sort keys, both ends included, and the direction in which to read it. */
interface Span {
  from: string;
  to: string;
  newestFirst: boolean;
}

/** Sort keys before and after every run: digits follow the prefix, and `:` sorts after the digits. */
const FIRST_RUN = SERIES_RUN_PREFIX;
const LAST_RUN = `${SERIES_RUN_PREFIX}:`;
const WHOLE: Span = { from: FIRST_RUN, to: LAST_RUN, newestFirst: true };

type Was = 'same' | 'missing' | 'different' | 'empty' | 'changed';

/** A fold's result: the series before, and its runs back to the last usable one or, if `cut`, not as far. */
interface Folded {
  was: Was;
  before: Item | undefined;
  runs: SeriesRun[];
  cut: boolean;
}

const placeOf = (run: SeriesRun): string => seriesRunKey(run, run.receivedAt, run).sk;
const isLater = (run: SeriesRun, than: SeriesRun): boolean => placeOf(run) > placeOf(than);
const upTo = (run: SeriesRun): Span => ({ from: FIRST_RUN, to: placeOf(run), newestFirst: true });

/**
 * Whether the last run of a series may have ended failures. `before`: the series before this run was folded into it.
 *
 * A run that is not usable ends none. Nor does a new run if none had failed before it: the series is written on the
 * condition that it is unchanged, so any failure that is not in it yet is folded later and sees this run. If the run is
 * in `before` already, the projection that folded it may have died before people were told, so it may have ended
 * failures.
 */
function mayEndFailures({ receivedAt, status }: SeriesRun, before: Item | undefined): boolean {
  const isNew = typeof before?.lastAt === 'number' && before.lastAt < receivedAt;
  return runOutcome(status) === 'usable' && !(isNew && before.streak === 0);
}

/** The failures at the end of the runs that were read. If these were cut, reaches back by what was known before. */
function streakIn({ runs, cut }: Pick<Folded, 'runs' | 'cut'>, before: Item | undefined): Streak | undefined {
  const streak = streakOf(runs);
  return streak && cut ? reachingBack(streak, before) : streak;
}

/** `now`: epoch ms. Runs that have expired by then do not count. */
export function createSeriesStore(client: DynamoDBClient, table: string, now: () => number = Date.now): SeriesStore {
  async function get(place: ItemKey): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: table, Key: marshall(place), ConsistentRead: true });
    const { Item } = await client.send(command);
    return Item && unmarshall(Item);
  }

  /** Keeps a run unless another report holds its place. The condition is the order of `winsPlace`. */
  async function keep(run: SeriesRun): Promise<void> {
    const wins =
      'messageTime < :time OR (messageTime = :time AND (clientName < :client OR (clientName = :client AND ' +
      '(policyName < :policy OR (policyName = :policy AND policyType < :type)))))';
    const command = new PutItemCommand({
      TableName: table,
      Item: marshall(runItem(run), { removeUndefinedValues: true }),
      ConditionExpression: `attribute_not_exists(${PARTITION_KEY}) OR ${wins}`,
      ExpressionAttributeValues: marshall({
        ':time': run.messageTime,
        ':client': run.clientName,
        ':policy': run.policyName,
        ':type': run.policyType,
      }),
    });
    await unlessRefused(client.send(command));
  }

  /**
   * For a run that was reported as usable: when the report that decides it was received. An earlier one may decide it,
   * if it was sent later. Undefined when the deciding report says that the run is not usable.
   */
  async function usableAt({ primary, jobId, startTime, status, receivedAt }: SeriesRun): Promise<number | undefined> {
    if (runOutcome(status) !== 'usable') return undefined;
    const record = await get(jobRecordKey(primary, jobId));
    const runs = Array.isArray(record?.runs) ? record.runs : [];
    // The record itself if the run has no start.
    const decided = Object([...runs, record].find((run) => Object(run).startTime === startTime));
    return runOutcome(Number(decided.status ?? status)) === 'usable'
      ? Number(decided.receivedAt ?? receivedAt)
      : undefined;
  }

  /**
   * The runs of a span up to the first usable one, including all that were received at the same time and, when read
   * newest first, all back to the report that decides it. Leaves out the report `except`. `cut`: `most` runs were read,
   * and none was usable.
   */
  async function upToUsable(
    pk: string,
    { from, to, newestFirst }: Span,
    { except, most = LONGEST_STREAK }: { except?: SeriesRun; most?: number } = {},
  ) {
    const runs: SeriesRun[] = [];
    let usable: SeriesRun | undefined;
    let end = newestFirst ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    const items = queryItems(client, {
      TableName: table,
      KeyConditionExpression: `${PARTITION_KEY} = :pk AND ${SORT_KEY} BETWEEN :from AND :to`,
      ExpressionAttributeValues: marshall({ ':pk': pk, ':from': from, ':to': to }),
      ScanIndexForward: !newestFirst,
      ConsistentRead: true,
      Limit: PAGE,
    });
    for await (const item of items) {
      if (!isKept(item, now())) continue;
      const run = v.parse(seriesRun, item);
      if (newestFirst ? run.receivedAt < end : run.receivedAt > end) break;
      if (except && placeOf(run) === placeOf(except)) continue;
      runs.push(run);
      if (runs.length === most) break;
      if (usable) continue;
      const decidedAt = await usableAt(run);
      if (decidedAt === undefined) continue;
      usable = run;
      end = newestFirst ? Math.min(run.receivedAt, decidedAt) : run.receivedAt;
    }
    return { runs, usable, cut: !usable && runs.length === most };
  }

  /** Folds a series and writes it if it differs, unless it changed since it was read. `readsAll`: as `refold` does. */
  async function fold(pk: string, readsAll: boolean): Promise<Folded> {
    // Read first, and not in one query with the runs, which would be no snapshot: if the series is unchanged, it knew
    // of no runs but these.
    const before = await get(seriesKeyIn(pk));
    const { runs, cut } = await upToUsable(pk, WHOLE);
    const read = foldSeries(runs);
    if (!read) return { was: 'empty', before, runs, cut };
    const isLost = readsAll && cut && !(Number(before?.lastUsableAt) > 0);
    const whole = isLost ? await upToUsable(pk, WHOLE, { most: Number.POSITIVE_INFINITY }) : undefined;
    // Only extends how far back they reach. The count of failures stays as projections count it.
    const found = whole ? reachingBack(read, foldSeries(whole.runs)) : read;
    const state = cut ? reachingBack(found, before) : found;
    const version = typeof before?.version === 'number' ? before.version : 0;
    const foundBy = { ofPrimary: seriesOfPrimary(state.primary), since: state.lastUsableAt };
    const item = { ...seriesKeyIn(pk), format: FORMAT, version, ...foundBy, ...state };
    if (before && isDeepStrictEqual(before, asKept(item))) return { was: 'same', before, runs, cut };
    const command = new PutItemCommand({
      TableName: table,
      Item: marshall({ ...item, version: version + 1 }, { removeUndefinedValues: true }),
      ...unchanged(before),
    });
    if (await unlessRefused(client.send(command))) return { was: 'changed', before, runs, cut };
    return { was: before ? 'different' : 'missing', before, runs, cut };
  }

  async function foldWithRetries(pk: string, readsAll = false) {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { was, ...folded } = await fold(pk, readsAll);
      if (was !== 'changed') return { was, ...folded };
    }
    throw new Error(`The series changed ${ATTEMPTS} times while it was folded`);
  }

  return {
    async add(fact) {
      const run = runOf(fact);
      if (!run) return undefined;
      await keep(run);
      const { before, ...folded } = await foldWithRetries(seriesKey(run).pk);
      const isLast = !folded.runs.some((other) => isLater(other, run));
      const streak = async () => streakIn(isLast ? folded : await upToUsable(seriesKey(run).pk, upTo(run)), before);
      return { run, streak, mayEndFailures: !isLast || mayEndFailures(run, before), before };
    },
    refold: async (pk) => (await foldWithRetries(pk, true)).was,
    endedBy: async (run, added) =>
      streakIn(await upToUsable(seriesKey(run).pk, upTo(run), { except: run }), added?.before),
    async usableFrom(run) {
      const from = { from: placeOf(run), to: LAST_RUN, newestFirst: false };
      return (await upToUsable(seriesKey(run).pk, from)).usable;
    },
  };
}

import { isDeepStrictEqual } from 'node:util';
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { seriesOfPrimary } from '../keys/indexes.ts';
import { jobRecordKey, SERIES_RUN_PREFIX, seriesKey, seriesPlace, seriesRunKey } from '../keys/records.ts';
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

/** How far back a streak of failures is counted, in runs. */
const LONGEST_STREAK = 1_000;

/** Runs read at a time: most series are told by their last two. */
const PAGE = 25;

/** How often a series is folded again because another projection changed it meanwhile. More at once is a failure, and retried. */
const ATTEMPTS = 10;

/** The runs of each series, and what they amount to. */
export interface SeriesStore {
  /** Adds a DONE fact to its series and folds the series again; undefined where it has none. Repeating it changes nothing. */
  add(fact: JobFact): Promise<Added | undefined>;
  /**
   * Folds a series again, by its partition, and reads all its failures where nothing says when it was last usable. Says what was there
   * before; `empty`: no runs are, and nothing was changed.
   */
  refold(pk: string): Promise<Exclude<Was, 'changed'>>;
  /** The failures in a row that a usable run ended; undefined when there were none. `added`: what it was found by. */
  endedBy(run: SeriesRun, added?: Added): Promise<Streak | undefined>;
  /** The first usable run of a series from this one on. */
  usableFrom(run: SeriesRun): Promise<SeriesRun | undefined>;
}

/** A run as its series has it now. */
export interface Added {
  run: SeriesRun;
  /** The failures in a row that end with it, itself included. */
  streak(): Promise<Streak | undefined>;
  /** False where no failures are over because of it, for certain. */
  mayEndFailures: boolean;
  /** The series as it was before; undefined where it is new. */
  before: Item | undefined;
}

/** Sort keys of runs, both ends included, and which way they are read. */
interface Span {
  from: string;
  to: string;
  newestFirst: boolean;
}

/** Before and after every run: digits follow the prefix, and `:` follows the digits. */
const FIRST_RUN = SERIES_RUN_PREFIX;
const LAST_RUN = `${SERIES_RUN_PREFIX}:`;
const WHOLE: Span = { from: FIRST_RUN, to: LAST_RUN, newestFirst: true };

type Was = 'same' | 'missing' | 'different' | 'empty' | 'changed';

/** How a series was folded: by what it was before, and its runs back to the last usable one, or `cut` off before that. */
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
 * Whether failures may be over because of the last run of a series, by the series as it was before that was folded into it. A run that is
 * not usable ends none. Nor does one before which none had failed: the series was written on the condition that it still is as it was, so
 * whatever failure is not in it yet is folded later, and sees this run. Who folds a run again, because whoever did it died before people were
 * told, finds it in there.
 */
function mayEndFailures({ receivedAt, status }: SeriesRun, before: Item | undefined): boolean {
  const isNew = typeof before?.lastAt === 'number' && before.lastAt < receivedAt;
  return runOutcome(status) === 'usable' && !(isNew && before.streak === 0);
}

/** The failures at the end of what was read, and by what was known before, where that was not all. */
function streakIn({ runs, cut }: Pick<Folded, 'runs' | 'cut'>, before: Item | undefined): Streak | undefined {
  const streak = streakOf(runs);
  return streak && cut ? reachingBack(streak, before) : streak;
}

/** `now`: epoch ms; runs that have expired by then no longer count. */
export function createSeriesStore(client: DynamoDBClient, table: string, now: () => number = Date.now): SeriesStore {
  async function get(place: ItemKey): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: table, Key: marshall(place), ConsistentRead: true });
    const { Item } = await client.send(command);
    return Item && unmarshall(Item);
  }

  /** Keeps a run, unless another that shares its place has it: the condition is the order of `hasPlace`. */
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
   * When the report was received that decides a run which was reported as usable: one that came before may have been sent after.
   * Undefined where it says that the run is not usable.
   */
  async function usableAt({ primary, jobId, startTime, status, receivedAt }: SeriesRun): Promise<number | undefined> {
    if (runOutcome(status) !== 'usable') return undefined;
    const record = await get(jobRecordKey(primary, jobId));
    const runs = Array.isArray(record?.runs) ? record.runs : [];
    // The record itself where the run has no start.
    const decided = Object([...runs, record].find((run) => Object(run).startTime === startTime));
    return runOutcome(Number(decided.status ?? status)) === 'usable'
      ? Number(decided.receivedAt ?? receivedAt)
      : undefined;
  }

  /**
   * The runs of a span up to the first usable one, with all that were received at the same time as it, and back to the report that
   * decides it; leaves out one report. `cut`: `most` were read, and it was none of them.
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

  /** Folds, and writes what differs, unless the series changed since it was read. `readsOn`: as `refold` does. */
  async function fold(pk: string, readsOn: boolean): Promise<Folded> {
    // First, and not in one query with the runs, which is no snapshot: that the series is unchanged says that it knew of no run but these.
    const before = await get(seriesPlace(pk));
    const { runs, cut } = await upToUsable(pk, WHOLE);
    const read = foldSeries(runs);
    if (!read) return { was: 'empty', before, runs, cut };
    const isLost = readsOn && cut && !(Number(before?.lastUsableAt) > 0);
    const whole = isLost ? await upToUsable(pk, WHOLE, { most: Number.POSITIVE_INFINITY }) : undefined;
    // Only how far back they reach: how many failures are counted stays the same, as projections count them.
    const found = whole ? reachingBack(read, foldSeries(whole.runs)) : read;
    const state = cut ? reachingBack(found, before) : found;
    const version = typeof before?.version === 'number' ? before.version : 0;
    const foundBy = { ofPrimary: seriesOfPrimary(state.primary), since: state.lastUsableAt };
    const item = { ...seriesPlace(pk), format: FORMAT, version, ...foundBy, ...state };
    if (before && isDeepStrictEqual(before, asKept(item))) return { was: 'same', before, runs, cut };
    const command = new PutItemCommand({
      TableName: table,
      Item: marshall({ ...item, version: version + 1 }, { removeUndefinedValues: true }),
      ...unchanged(before),
    });
    if (await unlessRefused(client.send(command))) return { was: 'changed', before, runs, cut };
    return { was: before ? 'different' : 'missing', before, runs, cut };
  }

  async function foldUnchanged(pk: string, readsOn = false) {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { was, ...folded } = await fold(pk, readsOn);
      if (was !== 'changed') return { was, ...folded };
    }
    throw new Error(`The series changed ${ATTEMPTS} times while it was folded`);
  }

  return {
    async add(fact) {
      const run = runOf(fact);
      if (!run) return undefined;
      await keep(run);
      const { before, ...folded } = await foldUnchanged(seriesKey(run).pk);
      const isLast = !folded.runs.some((other) => isLater(other, run));
      const streak = async () => streakIn(isLast ? folded : await upToUsable(seriesKey(run).pk, upTo(run)), before);
      return { run, streak, mayEndFailures: !isLast || mayEndFailures(run, before), before };
    },
    refold: async (pk) => (await foldUnchanged(pk, true)).was,
    endedBy: async (run, added) =>
      streakIn(await upToUsable(seriesKey(run).pk, upTo(run), { except: run }), added?.before),
    async usableFrom(run) {
      const from = { from: placeOf(run), to: LAST_RUN, newestFirst: false };
      return (await upToUsable(seriesKey(run).pk, from)).usable;
    },
  };
}

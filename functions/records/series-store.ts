import { isDeepStrictEqual } from 'node:util';
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { seriesOfPrimary } from '../keys/indexes.ts';
import { SERIES_RUN_PREFIX, type SeriesName, seriesKey, seriesRunKey } from '../keys/records.ts';
import { FORMAT, PARTITION_KEY, SORT_KEY } from '../keys/tables.ts';
import type { JobFact } from '../ledger/fact.ts';
import { type Item, putIfAbsent, queryItems, unlessRefused } from '../store/items.ts';
import { foldSeries, runOf, runOutcome, type SeriesRun, type Streak, seriesOf, seriesRun, streakOf } from './series.ts';

/** How far back a streak of failures is counted. */
const LONGEST_STREAK = 1_000;

/** How often a series is folded again because another projection changed it meanwhile. More at once is a failure, and retried. */
const ATTEMPTS = 10;

/** The runs of each series, and what they amount to. */
export interface SeriesStore {
  /** Adds a DONE fact to its series, if it has one, and folds the series again. Repeating it changes nothing. */
  add(fact: JobFact): Promise<void>;
  /** The failures in a row that a run of a series ended with, that run included. */
  streakAt(run: SeriesRun): Promise<Streak | undefined>;
  /** The failures in a row that a usable run ended; undefined when there were none. */
  endedBy(run: SeriesRun): Promise<Streak | undefined>;
  /** The first usable run of a series from this one on. */
  usableFrom(run: SeriesRun): Promise<SeriesRun | undefined>;
}

/** Sort keys of runs, both ends included. */
interface KeyRange {
  from: string;
  to: string;
}

/** Before and after every run: digits follow the prefix. */
const FIRST_RUN = SERIES_RUN_PREFIX;
const LAST_RUN = `${SERIES_RUN_PREFIX}:`;

export function createSeriesStore(client: DynamoDBClient, table: string): SeriesStore {
  async function kept(series: SeriesName): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: table, Key: marshall(seriesKey(series)), ConsistentRead: true });
    const { Item } = await client.send(command);
    return Item && unmarshall(Item);
  }

  /** Runs in a range of keys, up to and with the first usable one, leaving out one run. */
  async function upToUsable(
    series: SeriesName,
    range: KeyRange,
    newestFirst: boolean,
    except?: SeriesRun,
  ): Promise<SeriesRun[]> {
    const runs: SeriesRun[] = [];
    const items = queryItems(client, {
      TableName: table,
      KeyConditionExpression: `${PARTITION_KEY} = :pk AND ${SORT_KEY} BETWEEN :from AND :to`,
      ExpressionAttributeValues: marshall({ ':pk': seriesKey(series).pk, ':from': range.from, ':to': range.to }),
      ScanIndexForward: !newestFirst,
      ConsistentRead: true,
    });
    for await (const item of items) {
      const run = v.parse(seriesRun, item);
      if (run.jobId === except?.jobId && run.startTime === except.startTime) continue;
      runs.push(run);
      if (runOutcome(run.status) === 'usable' || runs.length === LONGEST_STREAK) break;
    }
    return runs;
  }

  const newestRuns = (series: SeriesName) => upToUsable(series, { from: FIRST_RUN, to: LAST_RUN }, true);
  const placeOf = (run: SeriesRun) => seriesRunKey(run, run.receivedAt, run).sk;

  /** Folds, and writes what differs, unless the series changed since it was read. */
  async function fold(series: SeriesName): Promise<boolean> {
    const before = await kept(series);
    const state = foldSeries(await newestRuns(series));
    if (!state) return true;
    const version = Number(before?.version ?? 0);
    const item = { ...seriesKey(series), format: FORMAT, version, ofSeries: seriesOfPrimary(series.primary), ...state };
    if (before && isDeepStrictEqual(before, withoutUndefined(item))) return true;
    const command = new PutItemCommand({
      TableName: table,
      Item: marshall({ ...item, version: version + 1 }, { removeUndefinedValues: true }),
      ConditionExpression: `attribute_not_exists(${PARTITION_KEY}) OR version = :version`,
      ExpressionAttributeValues: marshall({ ':version': version }),
    });
    return (await unlessRefused(client.send(command))) === undefined;
  }

  return {
    async add(fact) {
      const series = seriesOf(fact.primary, fact.entry);
      const run = runOf(fact);
      if (!series || !run) return;
      await putIfAbsent(client, table, { ...seriesRunKey(series, run.receivedAt, run), format: FORMAT, ...run });
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) if (await fold(series)) return;
      throw new Error(`The series changed ${ATTEMPTS} times while it was folded`);
    },

    streakAt: async (run) => streakOf(await upToUsable(run, { from: FIRST_RUN, to: placeOf(run) }, true)),

    endedBy: async (run) => streakOf(await upToUsable(run, { from: FIRST_RUN, to: placeOf(run) }, true, run)),

    async usableFrom(run) {
      const last = (await upToUsable(run, { from: placeOf(run), to: LAST_RUN }, false)).at(-1);
      return last && runOutcome(last.status) === 'usable' ? last : undefined;
    },
  };
}

/** An item as it would be read back. */
function withoutUndefined(item: object): Item {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined));
}

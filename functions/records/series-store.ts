import { isDeepStrictEqual } from 'node:util';
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { seriesOfPrimary } from '../keys/indexes.ts';
import type { ItemKey } from '../keys/ledger.ts';
import { SERIES_RUN_PREFIX, type SeriesName, seriesKey, seriesRunKey } from '../keys/records.ts';
import { FORMAT, PARTITION_KEY, SORT_KEY } from '../keys/tables.ts';
import type { JobFact } from '../ledger/fact.ts';
import { type Item, queryItems, unlessRefused } from '../store/items.ts';
import { foldSeries, type SeriesRun, seriesOf, seriesRun } from './series.ts';

/**
 * How many of its newest runs a series is folded from, and so how far back a streak of failures is counted: what one request reads. Not
 * only back to the last usable one: a report that came before it may say that it was none, or have come in the same message.
 */
const LONGEST_STREAK = 1_000;

/** How often a series is folded again because another projection changed it meanwhile. More at once is a failure, and retried. */
const ATTEMPTS = 10;

/** The runs of each series, and what they amount to. */
export interface SeriesStore {
  /** Adds a DONE fact to its series, if it has one, and folds the series again. Repeating it changes nothing. */
  add(fact: JobFact): Promise<void>;
}

export function createSeriesStore(client: DynamoDBClient, table: string): SeriesStore {
  async function kept(series: SeriesName): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: table, Key: marshall(seriesKey(series)), ConsistentRead: true });
    const { Item } = await client.send(command);
    return Item && unmarshall(Item);
  }

  /**
   * Keeps a run. Reports that differ only in the time of their message or in capital letters share a place when they were received at
   * once: the one that was sent last has it, whichever came first.
   */
  async function keep(place: ItemKey, run: SeriesRun): Promise<void> {
    const command = new PutItemCommand({
      TableName: table,
      Item: marshall({ ...place, format: FORMAT, ...run }, { removeUndefinedValues: true }),
      ConditionExpression: `attribute_not_exists(${PARTITION_KEY}) OR messageTime < :time OR (messageTime = :time AND (clientName < :client OR (clientName = :client AND policyName < :policy)))`,
      ExpressionAttributeValues: marshall({
        ':time': run.messageTime,
        ':client': run.clientName,
        ':policy': run.policyName,
      }),
    });
    await unlessRefused(client.send(command));
  }

  /** The newest runs. */
  async function newestRuns(series: SeriesName): Promise<SeriesRun[]> {
    const runs: SeriesRun[] = [];
    const items = queryItems(client, {
      TableName: table,
      KeyConditionExpression: `${PARTITION_KEY} = :pk AND begins_with(${SORT_KEY}, :run)`,
      ExpressionAttributeValues: marshall({ ':pk': seriesKey(series).pk, ':run': SERIES_RUN_PREFIX }),
      ScanIndexForward: false,
      ConsistentRead: true,
      Limit: LONGEST_STREAK,
    });
    for await (const item of items) {
      runs.push(v.parse(seriesRun, item));
      if (runs.length === LONGEST_STREAK) break;
    }
    return runs;
  }

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
    async add({ entry, primary, receivedAt, messageTime, expiresAt }) {
      const series = seriesOf(primary, entry);
      if (!series) return;
      const { jobId, startTime, status } = entry;
      const run: SeriesRun = { ...series, jobId, startTime, status, messageTime, receivedAt, expiresAt };
      await keep(seriesRunKey(series, receivedAt, entry), run);
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) if (await fold(series)) return;
      throw new Error(`The series changed ${ATTEMPTS} times while it was folded`);
    },
  };
}

/** An item as it would be read back. */
function withoutUndefined(item: object): Item {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined));
}

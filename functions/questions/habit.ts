import { QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { SERIES_RUN_PREFIX, type SeriesName, seriesKey, seriesRunsUntil } from '../keys/records.ts';
import { PARTITION_KEY, SORT_KEY } from '../keys/tables.ts';
import { type Habit, habitOf, isEnough, lastBefore, occasionsOf } from '../records/habit.ts';
import { runOutcome, runsOf, type SeriesRun, seriesRun } from '../records/series.ts';
import { readKept, type Tables } from './query.ts';

/** Runs read at a time. For most series, one page is enough. */
const PAGE = 25;

/**
 * After this many pages, the runs found so far must do: a series with nothing but failures for thousands of runs has no
 * habit.
 */
const PAGES = 100;

export interface FoundHabit {
  habit: Habit | undefined;
  /** Until when this holds: the first of the runs that were read expires then. Epoch ms. */
  until: number;
}

/**
 * Reads the habit of a series from its runs, from the last usable one back. A series with fewer occasions than `runs`
 * has none. For a backup of many streams, or one that runs every quarter of an hour, only one page of each occasion is
 * read.
 */
export async function readHabit(
  tables: Tables,
  series: SeriesName & { lastUsableAt: number },
  runs: number,
  now: number,
): Promise<FoundHabit> {
  const { client, records } = tables;
  const reports: SeriesRun[] = [];
  let usableAt: number[] = [];
  let to: string | undefined = seriesRunsUntil(series.lastUsableAt);
  for (let page = 0; to !== undefined && page < PAGES; page++) {
    const { Items = [], LastEvaluatedKey: last }: QueryCommandOutput = await client.send(
      new QueryCommand({
        TableName: records,
        KeyConditionExpression: `${PARTITION_KEY} = :pk AND ${SORT_KEY} BETWEEN :from AND :to`,
        ExpressionAttributeValues: marshall({ ':pk': seriesKey(series).pk, ':from': SERIES_RUN_PREFIX, ':to': to }),
        ScanIndexForward: false,
        Limit: PAGE,
      }),
    );
    const items = Items.map((item) => unmarshall(item));
    for await (const run of readKept(tables, records, items, now, v.parser(seriesRun))) reports.push(run);
    usableAt = runsOf(reports)
      .filter(({ status }) => runOutcome(status) === 'usable')
      .map(({ receivedAt }) => receivedAt);
    const next: string | undefined = last?.[SORT_KEY]?.S;
    to = next === undefined || isEnough(usableAt, runs) ? undefined : earlier(next, usableAt);
  }
  const expiries = reports.map(({ expiresAt = Number.POSITIVE_INFINITY }) => expiresAt * 1000);
  return { habit: habitOf(usableAt, runs), until: Math.min(...expiries) };
}

/**
 * Where the next page begins: at the last run that was read, or, if that is further back, before the oldest occasion
 * found so far. In the first case the last run is read twice, and counts once.
 */
function earlier(lastRead: string, usableAt: readonly number[]): string {
  const occasion = occasionsOf(usableAt).at(-1);
  const before = occasion === undefined ? lastRead : seriesRunsUntil(lastBefore(occasion));
  return before < lastRead ? before : lastRead;
}

import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { feedGapKey, feedGapsOf, feedKey } from '../keys/registry.ts';
import { EXPIRES_AT, FORMAT } from '../keys/tables.ts';
import { log } from '../runtime/log.ts';
import { isKept, putIfAbsent, readPartition } from '../store/items.ts';
import { type FeedGap, type FeedState, feedState } from './feed.ts';

/** What `watch` remembers about feeds, and the gaps in them. */
export interface Feeds {
  /** Every remembered feed, by its endpoint. */
  list(): AsyncGenerator<FeedState>;
  put(feed: FeedState): Promise<void>;
  /** Keeps a gap. Repeating it does no harm. */
  addGap(feed: Pick<FeedState, 'endpoint' | 'primary'>, gap: FeedGap): Promise<void>;
  /** The gaps in the feed of an endpoint, oldest first. */
  gaps(endpoint: string): AsyncGenerator<FeedGap>;
}

/** How many seconds a gap is kept: as long as a job. */
const GAP_KEPT_SECONDS = 400 * 86_400;

const gapSchema = v.object({ from: v.number(), to: v.number() });

/** `now`: epoch ms. Gaps that have expired by then are left out. */
export function createFeeds(client: DynamoDBClient, table: string, now: () => number = Date.now): Feeds {
  return {
    async *list() {
      for await (const item of readPartition(client, table, feedKey('').pk)) {
        const read = v.safeParse(feedState, item);
        if (read.success) yield read.output;
        // An item that somebody broke by hand is written again at the next sign of life.
        else log.error('Cannot read the state of a feed: its loss may be reported again', { endpoint: item.sk });
      }
    },
    async put(feed) {
      const item = { ...feedKey(feed.endpoint), format: FORMAT, ...feed };
      await client.send(
        new PutItemCommand({ TableName: table, Item: marshall(item, { removeUndefinedValues: true }) }),
      );
    },
    async addGap({ endpoint, primary }, gap) {
      const expiresAt = Math.floor(gap.to / 1000) + GAP_KEPT_SECONDS;
      const key = feedGapKey(endpoint, gap.from);
      await putIfAbsent(client, table, { ...key, format: FORMAT, endpoint, primary, ...gap, [EXPIRES_AT]: expiresAt });
    },
    async *gaps(endpoint) {
      for await (const item of readPartition(client, table, feedGapsOf(endpoint))) {
        if (!isKept(item, now())) continue;
        const read = v.safeParse(gapSchema, item);
        if (read.success) yield read.output;
        // A gap that somebody broke by hand must not stop the check for overdue backups of its primary server.
        else log.error('Cannot read a gap of a feed: it is left out', { endpoint, gap: item.sk });
      }
    },
  };
}

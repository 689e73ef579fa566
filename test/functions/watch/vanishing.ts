import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type ImagesDeletedIntent, readIntent } from '../../../functions/alerts/intent.ts';
import { type FactItem, readFact } from '../../../functions/ledger/fact.ts';
import { recordItems } from '../../../functions/records/items.ts';
import { createRecords } from '../../../functions/records/records.ts';
import { createDeletions } from '../../../functions/registry/deletions.ts';
import type { WatchContext } from '../../../functions/watch/context.ts';
import { watchDeletions } from '../../../functions/watch/deletion-watch.ts';
import { createImageQuestions } from '../../../functions/watch/image-questions.ts';
import { testTables } from '../questions/received.ts';
import { allItems, imageItem } from '../support.ts';
import { contextOf, endpointOf } from './support.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** When a test's story begins (epoch ms): an ordinary evening. */
export const BEGIN = Date.parse('2026-11-24T20:00Z');

/** A backup of a client: when it was made (ms after BEGIN), and its type if that is not the usual one. */
export interface Backup {
  client: string;
  made: number;
  type?: string;
}

/** What NetBackup reports about a backup at a time (ms after BEGIN), with its clock `ahead` ms fast. */
export function said(
  operation: string,
  { client, made, type = 'STANDARD' }: Backup,
  after: number,
  ahead = 0,
): FactItem {
  const backupTime = Math.floor((BEGIN + made) / 1000);
  const messageTime = Math.floor((BEGIN + after + ahead) / 1000);
  const content = {
    ...{ backupId: `${client}_${type}_${backupTime}`, operationId: operation, clientName: client, clientType: type },
    // Whole hours ahead, as in every documented message.
    ...{ backupTime, createdTime: messageTime + 4 * 3_600 },
  };
  return imageItem(content, { primary: 'demo', receivedAt: BEGIN + after, messageTime });
}

export const created = (backup: Backup): FactItem => said('CREATE', backup, backup.made + 10 * MINUTE);
export const deleted = (backup: Backup, after: number, ahead = 0) => said('DELETE', backup, after, ahead);
export const withoutCopy = (backup: Backup, after: number) => said('NO_LOCAL_COPY_AVAILABLE', backup, after);

/** A backup every `every` ms over the last `forMs` ms, newest first: the newest is half of `every` old at BEGIN. */
export function backups(client: string, forMs: number, every = DAY, type?: string): Backup[] {
  const count = Math.floor(forMs / every);
  return Array.from({ length: count }, (_, index) => {
    return { client, made: -every / 2 - index * every, ...(type && { type }) };
  });
}

/** All that was reported about them up to BEGIN, if each is deleted at an age of `kept` ms. */
export function history(all: readonly Backup[], kept: number): FactItem[] {
  return all.flatMap((backup) => [
    created(backup),
    ...(backup.made + kept < 0 ? [deleted(backup, backup.made + kept)] : []),
  ]);
}

/** Those that still exist at BEGIN. */
export const there = (all: readonly Backup[], kept: number) => all.filter(({ made }) => made + kept >= 0);

/** The deletion watch on the stack's tables, at whatever time a test sets. */
export async function vanishing(other: Partial<WatchContext> = {}) {
  const { tables } = await testTables();
  const { client, ledger, records, registry } = tables;
  const clock = { now: BEGIN };
  const byImage = new Map<string, FactItem[]>();
  const context = contextOf({
    endpoints: {
      async *list() {
        yield endpointOf('demo');
        yield endpointOf('canary');
      },
      async *connections() {},
    },
    records: createRecords(client, records),
    images: createImageQuestions({ client, ledger, records, registry }),
    deletions: createDeletions(client, registry),
    now: () => clock.now,
    ...other,
  });

  async function put(TableName: string, items: readonly object[]): Promise<void> {
    for (let first = 0; first < items.length; first += 25) {
      const requests = items.slice(first, first + 25).map((item) => ({
        PutRequest: { Item: marshall(item, { removeUndefinedValues: true }) },
      }));
      await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
    }
  }

  /** Writes the records that the projection makes of facts, all at once. */
  async function project(facts: readonly FactItem[]): Promise<void> {
    for (const fact of facts) byImage.set(fact.pk, [...(byImage.get(fact.pk) ?? []), fact]);
    const changed = new Set(facts.map(({ pk }) => pk));
    const made = [...changed].flatMap((pk) => recordItems((byImage.get(pk) ?? []).map(readFact), undefined));
    await put(records, made);
  }

  const store = (facts: readonly FactItem[]) => put(ledger, facts);
  return {
    ...{ context, clock, tables, store },
    /** Writes only the records of what was reported long ago: the watch reads no facts that old. */
    remember: project,
    async receive(...facts: readonly FactItem[]) {
      await store(facts);
      await project(facts);
    },
    /** Receives facts when they are due and runs the watch each minute, between two minutes after BEGIN. */
    async play(facts: readonly FactItem[], minutes: readonly [from: number, to: number]) {
      const coming = facts.toSorted((a, b) => a.receivedAt - b.receivedAt);
      for (let minute = minutes[0]; minute <= minutes[1]; minute += 1) {
        clock.now = BEGIN + minute * MINUTE;
        const due = coming.findIndex(({ receivedAt }) => receivedAt > clock.now);
        const now = coming.splice(0, due < 0 ? coming.length : due);
        if (now.length > 0) await this.receive(...now);
        await watchDeletions(context, () => 50_000);
      }
    },
    /** What the watch reported, in order, each with its minute after BEGIN. */
    async told(): Promise<({ minute: number } & ImagesDeletedIntent)[]> {
      const notices = (await allItems(client, records)).filter(({ kind }) => kind === 'ImagesDeleted');
      return notices
        .map((notice) => ({ ...(readIntent(notice) as ImagesDeletedIntent), at: Number(notice.pendingSince) }))
        .map(({ at, ...intent }) => ({ ...intent, minute: (at - BEGIN) / MINUTE }))
        .sort((a, b) => a.minute - b.minute);
    },
  };
}

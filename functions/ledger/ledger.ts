import { BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { variantKey } from '../keys/ledger.ts';
import { type ItemKey, PARTITION_KEY, placeName, SORT_KEY } from '../keys/tables.ts';
import { settleAll, settleEach } from '../runtime/settle.ts';
import { KEYS_PER_BATCH, putIfAbsent } from '../store/items.ts';
import type { AsideItem } from './aside.ts';
import type { FactItem } from './fact.ts';

/** The result of appending a fact. A variant has the key of a stored fact but other content, and is kept beside it. */
export type Appended = 'new' | 'duplicate' | 'variant';

/** The table of facts and of what was put aside. It only grows: its only write is a put to a free place. */
export interface Ledger {
  /** Appends facts, many at a time, and returns the result of each. Throws a failure once all have ended. */
  append(facts: readonly FactItem[], signal: AbortSignal): Promise<Appended[]>;
  putAside(item: AsideItem, signal: AbortSignal): Promise<void>;
}

/**
 * Once one fact of a message turns out to be stored already, messages with more facts than this first ask which of the
 * rest are. NetBackup resends a message that is too large for one deadline whole. Each fact that is stored already then
 * costs a hundredth of a batch read instead of a write, so each arrival gets further. Most messages arrive for the
 * first time and ask nothing. But after an append that did not finish, the next one asks before its first write: where
 * the table is slow, an arrival may have time for only one question and one round of writes.
 */
export const ASK_ABOVE = 50;

/** Writes at a time: fewer than the client's connections, because a write that waits for one would count as slow. */
const AT_ONCE = 40;

/** How many writes start together, which saves CPU time. A slow write holds up only its group. */
const TOGETHER = 20;

interface Found {
  isStored(fact: FactItem): boolean;
  isTaken(fact: FactItem): boolean;
}

export function createLedger(client: DynamoDBClient, table: string): Ledger {
  async function append(fact: FactItem, signal: AbortSignal): Promise<Appended> {
    const holder = await putIfAbsent(client, table, fact, signal);
    if (!holder) return 'new';
    if (holder.digest === fact.digest) return 'duplicate';
    return appendVariant(fact, signal);
  }

  async function appendVariant(fact: FactItem, signal: AbortSignal): Promise<Appended> {
    return (await putIfAbsent(client, table, variantOf(fact), signal)) ? 'duplicate' : 'variant';
  }

  /** The digest at each of these places that is taken. A place without an answer counts as free; `append` finds out. */
  async function digestsAt(places: readonly ItemKey[], signal: AbortSignal): Promise<Map<string, unknown>> {
    const command = new BatchGetItemCommand({
      RequestItems: {
        [table]: {
          Keys: places.map(({ pk, sk }) => marshall({ pk, sk })),
          ProjectionExpression: `${PARTITION_KEY}, ${SORT_KEY}, digest`,
          ConsistentRead: true,
        },
      },
    });
    const { Responses } = await client.send(command, { abortSignal: signal });
    const items = (Responses?.[table] ?? []).map((item) => unmarshall(item));
    return new Map(items.map((item) => [placeName(item), item.digest]));
  }

  async function knownDigests(facts: readonly ItemKey[], signal: AbortSignal): Promise<ReadonlyMap<string, unknown>> {
    const places = [...new Map(facts.map((fact) => [placeName(fact), fact])).values()];
    const batches = Array.from({ length: Math.ceil(places.length / KEYS_PER_BATCH) }, (_, batch) =>
      digestsAt(places.slice(batch * KEYS_PER_BATCH, (batch + 1) * KEYS_PER_BATCH), signal),
    );
    return new Map((await settleAll(batches)).flatMap((digests) => [...digests]));
  }

  /** Which facts are stored already, and which have their place taken by other content. */
  async function lookUp(facts: readonly FactItem[], signal: AbortSignal): Promise<Found> {
    const known = await knownDigests(facts, signal);
    const isStored = (fact: FactItem) => known.get(placeName(fact)) === fact.digest;
    const isTaken = (fact: FactItem) => known.has(placeName(fact)) && !isStored(fact);
    // A place that other content holds stays taken, so only the variant's place is looked up and tried.
    const variants = await knownDigests(facts.filter(isTaken).map(variantOf), signal);
    return { isStored: (fact) => isStored(fact) || variants.has(placeName(variantOf(fact))), isTaken };
  }

  let lastAppendFinished = true;
  return {
    async append(facts, signal) {
      let foundStored = !lastAppendFinished;
      let lookup: Promise<Found> | undefined;
      const appendOne = async (fact: FactItem) => {
        if (foundStored && facts.length > ASK_ABOVE) lookup ??= lookUp(facts, signal);
        const found = await lookup;
        if (found?.isStored(fact)) return 'duplicate';
        const appended = await (found?.isTaken(fact) ? appendVariant : append)(fact, signal);
        foundStored ||= appended !== 'new';
        return appended;
      };
      try {
        const appended = await settleEach(facts, AT_ONCE, signal, appendOne, TOGETHER);
        lastAppendFinished = true;
        return appended;
      } catch (error) {
        lastAppendFinished = false;
        throw error;
      }
    },
    async putAside(item, signal) {
      await putIfAbsent(client, table, item, signal);
    },
  };
}

/** The fact under the key that it gets when other content holds its own. */
const variantOf = (fact: FactItem): FactItem => ({ ...fact, ...variantKey(fact, fact.digest) });

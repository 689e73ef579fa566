import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { variantKey } from '../keys/ledger.ts';
import { putIfAbsent } from '../store/items.ts';
import type { AsideItem } from './aside.ts';
import type { FactItem } from './fact.ts';

/** What came of appending a fact. A variant has the key of another fact and other content; it is kept beside it. */
export type Appended = 'new' | 'duplicate' | 'variant';

/** The table of facts and of what was put aside. It only grows: the one write is a put to a place that is free. */
export interface Ledger {
  append(fact: FactItem, signal: AbortSignal): Promise<Appended>;
  putAside(item: AsideItem, signal: AbortSignal): Promise<void>;
}

export function createLedger(client: DynamoDBClient, table: string): Ledger {
  return {
    async append(fact, signal) {
      const holder = await putIfAbsent(client, table, fact, signal);
      if (!holder) return 'new';
      if (holder.digest === fact.digest) return 'duplicate';
      const variant = { ...fact, ...variantKey(fact, fact.digest) };
      return (await putIfAbsent(client, table, variant, signal)) ? 'duplicate' : 'variant';
    },
    async putAside(item, signal) {
      await putIfAbsent(client, table, item, signal);
    },
  };
}

import { dayOf } from '../keys/indexes.ts';
import { sha256 } from '../keys/key.ts';
import { asideKey } from '../keys/ledger.ts';
import { FORMAT, type ItemKey } from '../keys/tables.ts';
import { withoutSecrets } from '../nbwss/secrets.ts';
import { keptSeconds } from '../registry/endpoint.ts';

/** Content that the rules could not read, kept whole for a person to look at and a later version to read. */
export interface AsideItem extends ItemKey {
  format: number;
  primary: string;
  endpoint: string;
  /** Why it was put aside. Names fields and rules but no values. */
  reason: string;
  /** The entry or message as it was received, with every token replaced. */
  content: string;
  receivedAt: number;
  /** Its partition in the index by day. */
  day: string;
  connectionId: string;
  requestId: string;
  /** Epoch seconds; absent for what is kept for good. */
  expiresAt?: number;
}

export function asideItem(
  facts: Pick<AsideItem, 'primary' | 'endpoint' | 'reason' | 'receivedAt' | 'connectionId' | 'requestId'>,
  content: string,
): AsideItem {
  const kept = withoutSecrets(content);
  const day = dayOf('aside', facts.primary, facts.receivedAt);
  const seconds = keptSeconds(facts.primary, undefined);
  return {
    ...asideKey(facts.primary, facts.receivedAt, sha256(kept)),
    format: FORMAT,
    ...facts,
    content: kept,
    day,
    ...(seconds === undefined ? {} : { expiresAt: Math.floor(facts.receivedAt / 1000) + seconds }),
  };
}

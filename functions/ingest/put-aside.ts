import { asideItem } from '../ledger/aside.ts';
import type { Endpoint } from '../registry/endpoint.ts';
import { settleEach } from '../runtime/settle.ts';
import type { IngestContext } from './context.ts';
import type { Arrival } from './receive.ts';

/** Something that cannot be used, and why. */
export interface Unusable {
  reason: string;
  content: string;
}

/** How many reasons of one content are told: they may be as many as its entries. */
const REASONS = 5;

/** Writes at a time: with those of the facts beside them, and one to the Registry, no more than the client has connections. */
const AT_ONCE = 9;

/** How much was put aside whole, and how much only counted, because the primary has had its hour's share. */
export interface PutAside {
  kept: number;
  counted: number;
}

/** Keeps what cannot be used, whole, up to a number an hour. */
export async function putAside(
  { ledger, asideLimit }: IngestContext,
  { connectionId, requestId, receivedAt }: Arrival,
  endpoint: Endpoint,
  unusable: readonly Unusable[],
  signal: AbortSignal,
): Promise<PutAside> {
  if (unusable.length === 0) return { kept: 0, counted: 0 };
  // Many entries may have put the same message aside: it is kept once.
  const distinct = Map.groupBy(unusable, ({ content }) => content);
  const items = [...distinct].map(([content, same]) => {
    const reasons = new Set(same.map(({ reason }) => reason));
    const reason = [...reasons].slice(0, REASONS).join('; ');
    return asideItem({ ...endpoint, reason, receivedAt, connectionId, requestId }, content);
  });
  const digests = items.map(({ sk }) => sk);
  const admitted = await asideLimit.admit(endpoint.primary, receivedAt, digests, signal);
  const kept = items.filter(({ sk }) => admitted.has(sk));
  await settleEach(kept, AT_ONCE, signal, (item) => ledger.putAside(item, signal));
  return { kept: kept.length, counted: items.length - kept.length };
}

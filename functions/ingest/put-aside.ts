import { asideItem } from '../ledger/aside.ts';
import type { Endpoint } from '../registry/endpoint.ts';
import { settleEach } from '../runtime/settle.ts';
import type { IngestContext } from './context.ts';
import type { Arrival } from './receive.ts';

/** Content that cannot be used, and the reason. */
interface Unusable {
  reason: string;
  content: string;
}

/** The most reasons that are kept for one content, which may have one for each of its entries. */
const REASONS = 5;

/** Writes at a time. Together with the fact writes and one Registry call, they fit the client's connections. */
const AT_ONCE = 9;

/** How many contents were kept whole, and how many only counted because the primary's hourly share was used up. */
export interface PutAside {
  kept: number;
  counted: number;
}

/** Keeps unusable content whole, up to a number an hour (`AsideLimit`). */
export async function putAside(
  { ledger, asideLimit }: IngestContext,
  { connectionId, requestId, receivedAt }: Arrival,
  endpoint: Endpoint,
  unusable: readonly Unusable[],
  signal: AbortSignal,
): Promise<PutAside> {
  if (unusable.length === 0) return { kept: 0, counted: 0 };
  // Many entries may ask to put the same message aside. It is kept once.
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

import { asideItem } from '../ledger/aside.ts';
import type { Endpoint } from '../registry/endpoint.ts';
import type { IngestContext } from './context.ts';
import type { Arrival } from './receive.ts';

/** Keeps something that cannot be used, whole. */
export function setAside(
  { ledger }: IngestContext,
  { connectionId, requestId, receivedAt }: Arrival,
  endpoint: Endpoint,
  { reason, content }: { reason: string; content: string },
  signal: AbortSignal,
): Promise<void> {
  const facts = { ...endpoint, reason, receivedAt, connectionId, requestId };
  return ledger.putAside(asideItem(facts, content), signal);
}

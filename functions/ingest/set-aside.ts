import { asideItem } from '../ledger/aside.ts';
import type { Endpoint } from '../registry/endpoint.ts';
import type { IngestContext } from './context.ts';
import type { Arrival } from './receive.ts';

/** Keeps something that cannot be used, whole. `position` tells apart what one message brought. */
export function setAside(
  { ledger }: IngestContext,
  { connectionId, requestId, receivedAt }: Arrival,
  endpoint: Endpoint,
  { reason, content, position }: { reason: string; content: string; position: number },
  signal: AbortSignal,
): Promise<void> {
  const facts = { ...endpoint, reason, receivedAt, connectionId, requestId };
  return ledger.putAside(asideItem(facts, content, position), signal);
}

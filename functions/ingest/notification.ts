import { factItem, type Receipt } from '../ledger/fact.ts';
import type { Appended } from '../ledger/ledger.ts';
import { type Envelope, notificationResponse } from '../nbwss/envelope.ts';
import { readNotification } from '../nbwss/notification.ts';
import { settleAll } from '../runtime/settle.ts';
import type { IngestContext } from './context.ts';
import type { FactCounts, Outcome } from './outcome.ts';
import { putAside } from './put-aside.ts';
import type { Arrival } from './receive.ts';
import { whenBound } from './when-bound.ts';

/** Stores the content of a NOTIFICATION before acknowledging it, because NetBackup never resends it after that. */
export function storeNotification(
  context: IngestContext,
  arrival: Arrival,
  envelope: Envelope,
  signal: AbortSignal,
): Promise<Outcome> {
  return whenBound(context, arrival, signal, async (endpoint) => {
    const { connectionId, requestId, receivedAt } = arrival;
    const { id, timeStamp: messageTime } = envelope;
    // The answer repeats any id as it is, but DynamoDB stores well-formed text only.
    const receipt: Receipt = {
      ...endpoint,
      receivedAt,
      messageId: id.toWellFormed(),
      messageTime,
      connectionId,
      requestId,
    };

    const { entries, unreadable } = readNotification(envelope.payload, envelope.rest);
    const facts = entries.map((entry) => factItem(entry, receipt, context.retention));
    const unusable = unreadable.map(({ reason, text = arrival.text }) => ({ reason, content: text }));
    const [appended, aside] = await settleAll([
      context.ledger.append(facts, signal),
      putAside(context, arrival, endpoint, unusable, signal),
    ]);

    const answer = notificationResponse(id, context.acknowledgementPayload, context.now());
    const answered = await context.socket.send(connectionId, answer, signal);
    const { primary } = endpoint;
    const [first] = unreadable;
    if (!first) return { kind: 'stored', primary, counts: count(appended), answered };
    if (facts.length === 0) return { kind: 'put aside', primary, reason: first.reason, aside, answered };
    return { kind: 'stored in part', primary, counts: count(appended), aside, answered };
  });
}

function count(appended: readonly Appended[]): FactCounts {
  const counts = { new: 0, duplicate: 0, variant: 0 };
  for (const what of appended) counts[what] += 1;
  return counts;
}

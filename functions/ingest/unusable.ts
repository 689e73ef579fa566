import { type Envelope, notificationResponse } from '../nbwss/envelope.ts';
import type { IngestContext } from './context.ts';
import type { Outcome } from './outcome.ts';
import { putAside } from './put-aside.ts';
import type { Arrival } from './receive.ts';
import { whenBound } from './when-bound.ts';

/**
 * Keeps a message that no use case takes. If its id can be read, the message is acknowledged; otherwise NetBackup would
 * resend it for ever, and the messages that wait behind it would never arrive.
 */
export function keepUnusable(
  context: IngestContext,
  arrival: Arrival,
  envelope: Envelope | undefined,
  signal: AbortSignal,
): Promise<Outcome> {
  return whenBound(context, arrival, signal, async (endpoint) => {
    const { primary } = endpoint;
    const reason = envelope ? 'neither a CONNECT nor a NOTIFICATION request' : 'not an NBWSS message with an id';
    const aside = await putAside(context, arrival, endpoint, [{ reason, content: arrival.text }], signal);
    // The sender of a RESPONSE does not wait for an answer.
    if (!envelope || envelope.subType === 'RESPONSE') return { kind: 'put aside, unanswered', primary, reason, aside };
    const answer = notificationResponse(envelope.id, context.acknowledgementPayload, context.now());
    const answered = await context.socket.send(arrival.connectionId, answer, signal);
    return { kind: 'put aside', primary, reason, aside, answered };
  });
}

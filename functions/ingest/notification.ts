import { factItem, type Receipt } from '../ledger/fact.ts';
import type { Appended } from '../ledger/ledger.ts';
import { type Envelope, notificationResponse } from '../nbwss/envelope.ts';
import { readNotification } from '../nbwss/notification.ts';
import { settleAll } from '../runtime/settle.ts';
import type { IngestContext } from './context.ts';
import type { Counts, Outcome } from './outcome.ts';
import type { Arrival } from './receive.ts';
import { refuseUnbound } from './refuse-unbound.ts';
import { setAside } from './set-aside.ts';

/** Stores what a NOTIFICATION says and only then acknowledges it: an acknowledged notification is never sent again. */
export async function notification(
  context: IngestContext,
  arrival: Arrival,
  envelope: Envelope,
  signal: AbortSignal,
): Promise<Outcome> {
  const { connectionId, requestId, receivedAt } = arrival;
  const endpoint = await context.registry.bound(connectionId, receivedAt, signal);
  if (!endpoint) return refuseUnbound(context, arrival, signal);
  const { id, timeStamp: messageTime } = envelope;
  // Any id is answered as it is; DynamoDB keeps well-formed text only.
  const receipt: Receipt = {
    ...endpoint,
    receivedAt,
    messageId: id.toWellFormed(),
    messageTime,
    connectionId,
    requestId,
  };

  const { entries, unreadable } = readNotification(envelope.payload);
  const appended = await settleAll<Appended | 'aside'>([
    ...entries.map((entry) => context.ledger.append(factItem(entry, receipt, context.retention), signal)),
    ...unreadable.map(async ({ reason, text = arrival.text }) => {
      await setAside(context, arrival, endpoint, { reason, content: text }, signal);
      return 'aside' as const;
    }),
  ]);

  const answer = notificationResponse(id, context.acknowledgementPayload, context.now());
  const answered = await context.socket.send(connectionId, answer, signal);
  const { primary } = endpoint;
  if (entries.length === 0 && unreadable[0])
    return { kind: 'put aside', primary, reason: unreadable[0].reason, answered };
  return { kind: unreadable.length > 0 ? 'stored in part' : 'stored', primary, counts: count(appended), answered };
}

function count(appended: readonly (Appended | 'aside')[]): Counts {
  const counts = { new: 0, duplicate: 0, variant: 0, aside: 0 };
  for (const what of appended) counts[what] += 1;
  return counts;
}

import { isConnect } from '../nbwss/connect.ts';
import { type Envelope, readEnvelope } from '../nbwss/envelope.ts';
import { parseJson } from '../nbwss/json.ts';
import { connect, refuseUnusableConnect } from './connect.ts';
import type { IngestContext } from './context.ts';
import { storeNotification } from './notification.ts';
import type { Outcome } from './outcome.ts';
import { keepUnusable } from './unusable.ts';

/** A message as the gateway handed it over. */
export interface Arrival {
  connectionId: string;
  sourceIp: string;
  requestId: string;
  /** Epoch ms by the gateway's clock, when the message was complete. */
  receivedAt: number;
  text: string;
}

/** One use case per message type. Each returns an outcome or throws; a throw means silence. */
type UseCase = (context: IngestContext, arrival: Arrival, envelope: Envelope, signal: AbortSignal) => Promise<Outcome>;

const useCases: Readonly<Record<string, UseCase>> = {
  'CONNECT REQUEST': connect,
  'NOTIFICATION REQUEST': storeNotification,
};

/** Runs the use case of a message within the deadline. Never throws: a failure is silence, and NetBackup resends. */
export async function receive(context: IngestContext, arrival: Arrival): Promise<Outcome> {
  const left = arrival.receivedAt + context.deadlineMs - context.now();
  if (left <= 0) return { kind: 'silent', reason: 'the deadline had passed when the message arrived' };
  const signal = AbortSignal.timeout(left);
  try {
    const message = readMessage(arrival.text);
    const envelope = readEnvelope(message);
    const name = `${envelope?.type} ${envelope?.subType}`;
    const useCase = envelope && Object.hasOwn(useCases, name) ? useCases[name] : undefined;
    if (envelope && useCase) return await useCase(context, arrival, envelope, signal);
    if (isConnect(message)) return await refuseUnusableConnect(context, arrival, signal);
    return await keepUnusable(context, arrival, envelope, signal);
  } catch (error) {
    return { kind: 'silent', reason: signal.aborted ? 'the deadline passed' : nameOf(error) };
  }
}

/** The JSON value of a text, or undefined when it is not JSON. */
function readMessage(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** Only the name, because an error's message may quote what was received. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown error';
}

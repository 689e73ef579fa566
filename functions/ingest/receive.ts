import { type Envelope, readEnvelope } from '../nbwss/envelope.ts';
import { parseJson } from '../nbwss/json.ts';
import { connect } from './connect.ts';
import type { IngestContext } from './context.ts';
import { notification } from './notification.ts';
import type { Outcome } from './outcome.ts';
import { unusable } from './unusable.ts';

/** A message as the gateway handed it over. */
export interface Arrival {
  connectionId: string;
  sourceIp: string;
  requestId: string;
  /** Epoch ms by the gateway's clock, when the message was complete. */
  receivedAt: number;
  text: string;
}

/** One use case per message type. Each either ends in an outcome or throws, which is silence. */
type UseCase = (context: IngestContext, arrival: Arrival, envelope: Envelope, signal: AbortSignal) => Promise<Outcome>;

const useCases: Readonly<Record<string, UseCase>> = {
  'CONNECT REQUEST': connect,
  'NOTIFICATION REQUEST': notification,
};

/** Gives a message to its use case, within the deadline. Never throws: what fails is silence, and NetBackup sends it again. */
export async function receive(context: IngestContext, arrival: Arrival): Promise<Outcome> {
  const left = arrival.receivedAt + context.deadlineMs - context.now();
  if (left <= 0) return { kind: 'silent', reason: 'the deadline had passed on arrival' };
  const signal = AbortSignal.timeout(left);
  try {
    const envelope = readMessage(arrival.text);
    const name = `${envelope?.type} ${envelope?.subType}`;
    const useCase = envelope && Object.hasOwn(useCases, name) ? useCases[name] : undefined;
    if (envelope && useCase) return await useCase(context, arrival, envelope, signal);
    return await unusable(context, arrival, envelope, signal);
  } catch (error) {
    return { kind: 'silent', reason: signal.aborted ? 'the deadline passed' : nameOf(error) };
  }
}

function readMessage(text: string): Envelope | undefined {
  try {
    return readEnvelope(parseJson(text));
  } catch {
    return undefined;
  }
}

/** Only the name: the message of a failure may quote what was received. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown error';
}

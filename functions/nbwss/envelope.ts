import * as v from 'valibot';
import { id as integerId } from './fields.ts';

/** The longest id, and the longest id as JSON: control characters take six characters there, and the rest of an answer under 192. */
const ID_CHARACTERS = 4_000;
const ID_JSON_CHARACTERS = 8_000;

/**
 * The frame around every NBWSS message (NBWSS Reference Guide, "message format"). `id` is repeated in the answer; NetBackup's
 * WebSocket client refuses a text above 8,192 characters, so an id that would not fit an answer is not usable. Only the id is
 * required: a message that has one can be answered, whatever else it lacks.
 */
const schema = v.looseObject({
  id: v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(ID_CHARACTERS),
    v.check((id) => JSON.stringify(id).length <= ID_JSON_CHARACTERS),
  ),
  type: v.optional(v.unknown()),
  subType: v.optional(v.unknown()),
  timeStamp: v.optional(v.unknown()),
  payload: v.optional(v.unknown()),
});

export interface Envelope {
  id: string;
  /** Empty when it was absent or no text, like `subType`. */
  type: string;
  subType: string;
  /** Epoch seconds by NetBackup's clock; 0 when it was absent or unusable. */
  timeStamp: number;
  payload: unknown;
}

/** The envelope of a message, or undefined when it has none that could be answered. */
export function readEnvelope(message: unknown): Envelope | undefined {
  const read = v.safeParse(schema, message);
  if (!read.success) return undefined;
  const { id, type, subType, payload, timeStamp } = read.output;
  const time = v.is(integerId, timeStamp) ? timeStamp : 0;
  return { id, type: textOf(type), subType: textOf(subType), payload, timeStamp: time };
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

/** What a NOTIFICATION is answered with. Its response payload is not publicly documented, so it is a setting of the deployment. */
export const ACKNOWLEDGEMENT_PAYLOADS = ['array', 'object', 'none'] as const;
export type AcknowledgementPayload = (typeof ACKNOWLEDGEMENT_PAYLOADS)[number];

/** The answer to a CONNECT. `at` is epoch ms. */
export function connectResponse(id: string, valid: boolean, at: number): string {
  return response(id, 'CONNECT', at, { valid });
}

/** The acknowledgement of a NOTIFICATION: after it NetBackup never sends the notification again. `at` is epoch ms. */
export function notificationResponse(id: string, payload: AcknowledgementPayload, at: number): string {
  const payloads = { array: [], object: {}, none: undefined };
  return response(id, 'NOTIFICATION', at, payloads[payload]);
}

function response(id: string, type: 'CONNECT' | 'NOTIFICATION', at: number, payload: unknown): string {
  return JSON.stringify({ version: '1.0', id, type, subType: 'RESPONSE', timeStamp: Math.floor(at / 1000), payload });
}

import * as v from 'valibot';
import { id as integerId } from './fields.ts';
import { withoutSecrets } from './secrets.ts';

/**
 * The longest id, and the longest id as JSON, where a control character takes six characters. The rest of an answer
 * takes fewer than 192.
 */
const ID_CHARACTERS = 4_000;
const ID_JSON_CHARACTERS = 8_000;

/**
 * The frame around every NBWSS message (NBWSS Reference Guide, "message format"). The answer repeats `id`. NetBackup's
 * WebSocket client refuses a text above 8,192 characters, so an id that would not fit in an answer is unusable. So is
 * an id that shows a token, which must not be repeated. Only the id is required: a message that has one can be
 * answered, whatever else is missing.
 */
const schema = v.looseObject({
  id: v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(ID_CHARACTERS),
    v.check((id) => JSON.stringify(id).length <= ID_JSON_CHARACTERS),
    v.check((id) => withoutSecrets(id) === id),
  ),
  type: v.optional(v.unknown()),
  subType: v.optional(v.unknown()),
  timeStamp: v.optional(v.unknown()),
  payload: v.optional(v.unknown()),
});

export interface Envelope {
  id: string;
  /** Empty when it was absent or not a text; so is `subType`. */
  type: string;
  subType: string;
  /** Epoch seconds by NetBackup's clock; 0 when it was absent or unusable. */
  timeStamp: number;
  payload: unknown;
  /** All other members of the message, including an unusable `timeStamp`. */
  rest: Fields;
}

/** Members of a JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** The envelope of a message, or undefined when the message has none that could be answered. */
export function readEnvelope(message: unknown): Envelope | undefined {
  if (!v.is(schema, message)) return undefined;
  const { id, type, subType, payload, timeStamp, ...rest } = message;
  const envelope = { id, type: textOf(type), subType: textOf(subType), payload };
  if (v.is(integerId, timeStamp)) return { ...envelope, timeStamp, rest };
  return { ...envelope, timeStamp: 0, rest: timeStamp === undefined ? rest : { ...rest, timeStamp } };
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

/** The `version` of every documented message. */
export const VERSION = '1.0';

/** The payloads that can answer a NOTIFICATION: a setting, because NetBackup documents no payload publicly. */
export const ACKNOWLEDGEMENT_PAYLOADS = ['array', 'object', 'none'] as const;
export type AcknowledgementPayload = (typeof ACKNOWLEDGEMENT_PAYLOADS)[number];

/** The answer to a CONNECT. `at` is epoch ms. */
export function connectResponse(id: string, valid: boolean, at: number): string {
  return response(id, 'CONNECT', at, { valid });
}

/** The acknowledgement of a NOTIFICATION, after which NetBackup never sends it again. `at` is epoch ms. */
export function notificationResponse(id: string, payload: AcknowledgementPayload, at: number): string {
  const payloads = { array: [], object: {}, none: undefined };
  return response(id, 'NOTIFICATION', at, payloads[payload]);
}

function response(id: string, type: 'CONNECT' | 'NOTIFICATION', at: number, payload: unknown): string {
  return JSON.stringify({ version: VERSION, id, type, subType: 'RESPONSE', timeStamp: Math.floor(at / 1000), payload });
}

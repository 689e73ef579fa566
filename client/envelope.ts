import { randomUUID } from 'node:crypto';

const TYPES = ['CONNECT', 'NOTIFICATION', 'COMMAND'] as const;
const SUB_TYPES = ['REQUEST', 'RESPONSE'] as const;
const KEYS = ['version', 'id', 'type', 'subType', 'timeStamp', 'payload'];

/** The envelope of every NBWSS message: one JSON object for each text message (NBWSS guide). */
export interface NbwssMessage {
  version: string;
  /** A UUID from the requester; the response repeats it. */
  id: string;
  type: (typeof TYPES)[number];
  subType: (typeof SUB_TYPES)[number];
  /** Epoch seconds. */
  timeStamp: number;
  payload?: unknown;
}

export const newId = () => randomUUID().toUpperCase();

/** A request of this client. `now` is epoch milliseconds. */
export function request(type: 'CONNECT' | 'NOTIFICATION', payload: unknown, id: string, now: number): NbwssMessage {
  return { version: '1.0', id, type, subType: 'REQUEST', timeStamp: Math.floor(now / 1000), payload };
}

/**
 * Reads a message from the server as strictly as NBWSS might; `undefined` means that it cannot be decoded. The payload
 * of a response to a NOTIFICATION is not documented, so it may be an array, an object or absent.
 */
export function decode(text: string): NbwssMessage | undefined {
  const value = parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  if (!Object.keys(value).every((key) => KEYS.includes(key))) return undefined;
  const { version, id, type, subType, timeStamp, payload }: Record<string, unknown> = { ...value };
  const known = { type: TYPES.find((each) => each === type), subType: SUB_TYPES.find((each) => each === subType) };
  if (version !== '1.0' || typeof id !== 'string' || id === '' || !known.type || !known.subType) return undefined;
  if (typeof timeStamp !== 'number' || !Number.isSafeInteger(timeStamp)) return undefined;
  const isObject = typeof payload === 'object' && payload !== null && !Array.isArray(payload);
  const fits = known.type === 'NOTIFICATION' ? payload === undefined || isObject || Array.isArray(payload) : isObject;
  if (!fits) return undefined;
  const message = { version, id, type: known.type, subType: known.subType, timeStamp, payload };
  if (isAnswerToConnect(message) && typeof verdict(message) !== 'boolean') return undefined;
  return message;
}

export function isAnswerToConnect({ type, subType }: NbwssMessage): boolean {
  return type === 'CONNECT' && subType === 'RESPONSE';
}

export function isAcknowledgement({ type, subType }: NbwssMessage): boolean {
  return type === 'NOTIFICATION' && subType === 'RESPONSE';
}

/** `valid` in the answer to a CONNECT: a JSON boolean, if the answer is well-formed. */
export function verdict({ payload }: NbwssMessage): unknown {
  return typeof payload === 'object' && payload !== null ? Reflect.get(payload, 'valid') : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import * as v from 'valibot';
import { isoDay } from '../keys/indexes.ts';
import type { Line } from './line.ts';

/** The prefix of all object names. */
export const OBJECT_PREFIX = 'facts/';

/** The object format that this version writes. Readers of later versions understand all earlier formats. */
export const OBJECT_FORMAT = 1;

/**
 * The parts of an object's name: the day (UTC) on which it was written, its place in the chain, and the attempt that
 * wrote it.
 */
export interface ObjectName {
  name: string;
  day: string;
  number: number;
  /**
   * Identifies the attempt that wrote it: an attempt that was begun and not finished has the same number and another
   * id.
   */
  id: string;
}

/** `facts/2026-11-27/000000000123-8d0c2f61b7a9.jsonl`: names sort in the order of the chain. */
export function objectName(writtenAt: number, number: number, id: string): string {
  return `${dayPrefix(writtenAt)}${String(number).padStart(12, '0')}-${id}.jsonl`;
}

/** `facts/2026-11-27/`: the prefix of the objects of a day (UTC). */
export function dayPrefix(at: number): string {
  return `${OBJECT_PREFIX}${isoDay(at)}/`;
}

const NAME = /^facts\/(\d{4}-\d\d-\d\d)\/(\d{12})-([0-9a-f]+)\.jsonl$/;

/** Undefined for a name that no archive would give. */
export function parseObjectName(name: string): ObjectName | undefined {
  const [, day, number, id] = NAME.exec(name) ?? [];
  return day && number && id ? { name, day, number: Number(number), id } : undefined;
}

const headerSchema = v.object({
  format: v.literal(OBJECT_FORMAT),
  number: v.number(),
  /** The object before this one, and the SHA-256 of all its bytes; absent in the first object. */
  before: v.optional(v.object({ name: v.string(), sha256: v.string() })),
  /** Ids of attempts under this number that were begun and not finished. Nobody knows whether they left an object. */
  abandoned: v.array(v.string()),
  /** The sequence numbers of the first and the last line in the stream. */
  first: v.string(),
  last: v.string(),
  count: v.number(),
  /** Epoch ms, by the clock of the function; never earlier than that of the object before. */
  writtenAt: v.number(),
});

/** The first line of an object. */
export type Header = v.InferOutput<typeof headerSchema>;

/** The whole object: JSON Lines. */
export function renderObject(header: Header, lines: readonly Line[]): string {
  return [header, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('');
}

const item = v.record(v.string(), v.unknown());
const happened = { sequence: v.string(), at: v.number() };
const lineSchema = v.variant('event', [
  v.object({ event: v.literal('INSERT'), ...happened, item }),
  v.object({ event: v.literal('MODIFY'), ...happened, old: item, item }),
  v.object({ event: v.literal('REMOVE'), ...happened, old: item }),
]);

/** Reads an object. Throws for content that no archive writes. */
export function parseObject(text: string): { header: Header; lines: Line[] } {
  const [first, ...rest] = text.split('\n').filter((line) => line !== '');
  const header = v.parse(headerSchema, JSON.parse(first ?? ''));
  const lines = rest.map((line) => v.parse(lineSchema, JSON.parse(line)));
  if (lines.length !== header.count)
    throw new Error(`it has ${lines.length} lines and says that it has ${header.count}`);
  return { header, lines };
}

import * as v from 'valibot';
import { isoDay } from '../keys/indexes.ts';
import type { Line } from './line.ts';

/** What the names of all objects begin with. */
export const OBJECT_PREFIX = 'facts/';

/** The format of objects that this version writes. A reader of a later version understands all earlier ones. */
export const OBJECT_FORMAT = 1;

/** What the name of an object says: the day (UTC) on which it was written, its place in the chain, and who wrote it. */
export interface ObjectName {
  name: string;
  day: string;
  number: number;
  /** Of the attempt that wrote it: what was begun under a number and not finished has the same number and another id. */
  id: string;
}

/** `facts/2026-11-27/000000000123-8d0c2f61b7a9.jsonl`: in the order of names stands the chain in its order. */
export function objectName(writtenAt: number, number: number, id: string): string {
  return `${dayPrefix(writtenAt)}${String(number).padStart(12, '0')}-${id}.jsonl`;
}

/** `facts/2026-11-27/`: what the names of the objects of a day (UTC) begin with. */
export function dayPrefix(at: number): string {
  return `${OBJECT_PREFIX}${isoDay(at)}/`;
}

const NAME = /^facts\/(\d{4}-\d\d-\d\d)\/(\d{12})-([0-9a-f]+)\.jsonl$/;

/** Undefined for a name that no archive gives. */
export function parseObjectName(name: string): ObjectName | undefined {
  const [, day, number, id] = NAME.exec(name) ?? [];
  return day && number && id ? { name, day, number: Number(number), id } : undefined;
}

const headerSchema = v.object({
  format: v.literal(OBJECT_FORMAT),
  number: v.number(),
  /** The object before it and the SHA-256 of all its bytes; none for the first. */
  before: v.optional(v.object({ name: v.string(), sha256: v.string() })),
  /** Ids of attempts under this number that were begun and not finished. Whether an object came of one is not known. */
  abandoned: v.array(v.string()),
  /** The sequence numbers of the first and the last line in the stream. */
  first: v.string(),
  last: v.string(),
  count: v.number(),
  /** Epoch ms, by the clock of the function; never before that of the object before it. */
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

/** Reads an object. Throws for what no archive writes. */
export function parseObject(text: string): { header: Header; lines: Line[] } {
  const [first, ...rest] = text.split('\n').filter((line) => line !== '');
  const header = v.parse(headerSchema, JSON.parse(first ?? ''));
  const lines = rest.map((line) => v.parse(lineSchema, JSON.parse(line)));
  if (lines.length !== header.count)
    throw new Error(`it has ${lines.length} lines and says that it has ${header.count}`);
  return { header, lines };
}

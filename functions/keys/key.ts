import { hash } from 'node:crypto';

/*
 * Keys are text that a person can read in the DynamoDB console: parts joined by `#`, such as `job#demo#144`. Inside a
 * part `%`, `#` and `~` are escaped. A key longer than MAX_KEY_BYTES keeps its beginning and ends in `~` and the
 * SHA-256 of the whole key.
 */
export const MAX_KEY_BYTES = 1_000;

const SEPARATOR = '#';
const DIGEST_MARK = '~';
const ESCAPES: Readonly<Record<string, string>> = { '%': '%25', '#': '%23', '~': '%7E' };

export type Part = string | number;

/** The SHA-256 of bytes, or of a text as UTF-8, in lower-case hexadecimal. */
export function sha256(of: string | Uint8Array): string {
  return hash('sha256', of);
}

/** Joins parts into a key of at most MAX_KEY_BYTES (DynamoDB's limits: partition key 2,048, sort key 1,024). */
export function buildKey(...parts: readonly Part[]): string {
  return shorten(parts.map((part) => escapePart(String(part))).join(SEPARATOR));
}

/** The beginning that all keys made of these parts and more share, for `begins_with` and stream filters. */
export function keyPrefix(...parts: readonly Part[]): string {
  return buildKey(...parts) + SEPARATOR;
}

/** Appends the digest that distinguishes a variant from the fact whose key it would share. */
export function withDigest(key: string, digest: string): string {
  const suffix = SEPARATOR + DIGEST_MARK + digest;
  return shorten(key, MAX_KEY_BYTES - suffix.length) + suffix;
}

/** The parts that were given to `buildKey`, or undefined when the key ends in a digest and no longer holds them. */
export function parseKey(key: string): string[] | undefined {
  if (key.includes(DIGEST_MARK)) return undefined;
  return key.split(SEPARATOR).map(unescapePart);
}

/** The first parts of a key, even of one that ends in a digest: it still holds them if they are short. */
export function firstParts(key: string, count: number): string[] {
  return key.split(SEPARATOR, count).map(unescapePart);
}

/** Zero-padded, so that times sort as text. Holds epoch seconds until the year 2286. */
export function paddedSeconds(seconds: number): string {
  return String(seconds).padStart(10, '0');
}

function escapePart(part: string): string {
  return part.replace(/[%#~]/g, (character) => ESCAPES[character] ?? character);
}

function unescapePart(part: string): string {
  return part.replace(/%(25|23|7E)/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

function shorten(key: string, limit = MAX_KEY_BYTES): string {
  if (Buffer.byteLength(key, 'utf8') <= limit) return key;
  const digest = DIGEST_MARK + sha256(key);
  // `write` stops before a character that does not fit whole, so the kept text is well-formed.
  const head = Buffer.alloc(limit - digest.length);
  const length = head.write(key, 'utf8');
  return head.toString('utf8', 0, length) + digest;
}

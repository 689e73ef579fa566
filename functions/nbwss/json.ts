/** How deep an entry may nest. NetBackup's messages are four deep; beyond this only an attack or a fault would go. */
const MAX_DEPTH = 64;

/** Thrown for JSON that nests deeper than MAX_DEPTH: canonical text of it cannot be made. */
export class TooDeepError extends Error {
  override readonly name = 'TooDeepError';
  constructor() {
    super(`nested deeper than ${MAX_DEPTH} levels`);
  }
}

/** A number that a double cannot hold, kept as it was written. */
class ExactNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

/**
 * Reads JSON. Integers that a double cannot hold (an unknown field may bring a 64-bit number) keep their digits and are seen as
 * objects, so no schema takes them for numbers. Throws SyntaxError.
 */
export function parseJson(text: string): unknown {
  if (!/\d{16}|\d[eE]/.test(text)) return JSON.parse(text);
  try {
    return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
      typeof value === 'number' && context?.source !== undefined && !isExact(value, context.source)
        ? new ExactNumber(context.source)
        : value,
    );
  } catch (error) {
    // Nested beyond the stack of a reviver: what is that deep is kept as text, but the message's id must be read to answer it.
    if (error instanceof RangeError) return JSON.parse(text);
    throw error;
  }
}

function isExact(value: number, source: string): boolean {
  return Number.isFinite(value) && (Math.abs(value) <= Number.MAX_SAFE_INTEGER || String(value) === source);
}

/**
 * One text for equal content: keys in code-unit order, no spaces. Its SHA-256 tells one content from another. `replace` may give another
 * value for a member; the key of a list's item is empty. Throws TooDeepError.
 */
export function canonicalJson(
  value: unknown,
  replace: (key: string, value: unknown) => unknown = (_key, same) => same,
  depth = 0,
): string {
  if (depth > MAX_DEPTH) throw new TooDeepError();
  if (value instanceof ExactNumber) return value.source;
  const text = (key: string, item: unknown) => canonicalJson(replace(key, item), replace, depth + 1);
  if (Array.isArray(value)) return `[${value.map((item) => text('', item)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${text(key, item)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

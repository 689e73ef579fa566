/** How deep an entry may nest. NetBackup's messages are four deep; beyond this only an attack or a fault would go. */
const MAX_DEPTH = 64;

/** Thrown for JSON that nests deeper than MAX_DEPTH: canonical text of it cannot be made. */
export class TooDeepError extends Error {
  override readonly name = 'TooDeepError';
  constructor() {
    super(`nested deeper than ${MAX_DEPTH} levels`);
  }
}

/** A number that JavaScript would change, in the one spelling of its value. */
class ExactNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/**
 * Reads JSON. Numbers that JavaScript would change (an unknown field may bring 64 bits, or twenty decimals) keep their value and are
 * seen as objects, so no schema takes them for numbers. Throws SyntaxError.
 */
export function parseJson(text: string): unknown {
  // A number of 15 digits without an exponent never changes.
  if (!/[\d.]{16}|\d[eE]/.test(text)) return JSON.parse(text);
  try {
    return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
      typeof value === 'number' && context?.source !== undefined ? exactly(value, context.source) : value,
    );
  } catch (error) {
    // Nested beyond the stack of a reviver: what is that deep is kept as text, but the message's id must be read to answer it.
    if (error instanceof RangeError) return JSON.parse(text);
    throw error;
  }
}

function exactly(value: number, source: string): number | ExactNumber {
  const spelled = String(value);
  if (spelled === source) return value;
  const meant = spellNumber(source);
  return Number.isFinite(value) && spellNumber(spelled) === meant ? value : new ExactNumber(meant);
}

/** What JavaScript writes out with zeros at its end, and at its beginning: beyond that, an exponent is shorter. */
const MAX_PLACES = 21;
const MIN_PLACES = -6;

/** The one spelling of a number's value: `1.0`, `10e-1` and `1` are one value. The text has about as many characters as its source. */
function spellNumber(source: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? [];
  const all = whole + fraction;
  const start = all.search(/[1-9]/);
  if (start < 0) return '0';
  let end = all.length;
  while (all[end - 1] === '0') end -= 1;
  const digits = all.slice(start, end);
  // How many digits stand before the point. An exponent may have any number of digits itself.
  const places = BigInt(whole.length - start) + BigInt(exponent);
  if (places <= MIN_PLACES || places > Math.max(digits.length, MAX_PLACES))
    return `${sign}${digits}e${places - BigInt(digits.length)}`;
  const before = Number(places);
  const padded = before > 0 ? digits.padEnd(before, '0') : '0'.repeat(1 - before) + digits;
  const point = Math.max(before, 1);
  return `${sign}${padded.slice(0, point)}${padded.length > point ? '.' : ''}${padded.slice(point)}`;
}

/**
 * One text for equal content: keys in code-unit order, no spaces. Its SHA-256 tells one content from another. `replace` may give another
 * value for a member, and another name for it; the key of a list's item and of a name is empty. Throws TooDeepError.
 */
export function canonicalJson(
  value: unknown,
  replace: (key: string, value: unknown) => unknown = (_key, same) => same,
  depth = 0,
): string {
  if (depth > MAX_DEPTH) throw new TooDeepError();
  if (value instanceof ExactNumber) return value.text;
  const text = (key: string, item: unknown) => canonicalJson(replace(key, item), replace, depth + 1);
  if (Array.isArray(value)) return `[${value.map((item) => text('', item)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${fields.map(([key, item]) => `${text('', key)}:${text(key, item)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

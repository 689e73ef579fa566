/** How deep an entry may nest. NetBackup's messages are four deep; only an attack or a fault would go beyond this. */
const MAX_DEPTH = 64;

/**
 * The most bytes of canonical text that are kept. With everything else, an item must fit DynamoDB's 400 KB. A message
 * has at most 128 KB, but numbers and secrets may be written longer than they were sent.
 */
export const MAX_KEPT_BYTES = 300_000;

/** Thrown for JSON that nests deeper than MAX_DEPTH, of which no canonical text can be made. */
export class TooDeepError extends Error {
  override readonly name = 'TooDeepError';
  constructor() {
    super(`nested deeper than ${MAX_DEPTH} levels`);
  }
}

/** A number that JavaScript would change, in the one spelling of its value, which JSON.stringify writes. */
class ExactNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toJSON(): unknown {
    return rawJson(this.text);
  }
}

/** Node has it, but TypeScript does not declare it yet. */
const { rawJSON: rawJson } = JSON as unknown as { rawJSON(text: string): unknown };

/**
 * Matches a text that may contain a number that JavaScript would change. A number of up to 15 digits without an
 * exponent never changes. Ids may also have digits before an E, but not where a number may begin.
 */
const MAY_CHANGE = /[\d.]{16}|(?:^|[:,[\s])-?\d[\d.]*[eE]/;

/**
 * Reads JSON. Numbers that JavaScript would change (an unknown field may have 64 bits, or twenty decimals) keep their
 * value and become objects, so no schema takes them for numbers. Throws SyntaxError.
 */
export function parseJson(text: string): unknown {
  if (!MAY_CHANGE.test(text)) return JSON.parse(text);
  try {
    return JSON.parse(text, keepExact);
  } catch (error) {
    // The JSON nests too deep for the stack of a reviver. Content that deep is kept as text, but the message around it
    // must be read.
    if (error instanceof RangeError) return parseJson(withoutDepths(text));
    throw error;
  }
}

/** A reviver that keeps the value of every number, for JSON that does not nest deep. */
export function keepExact(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' && context?.source !== undefined ? exactly(value, context.source) : value;
}

/** Deeper than any canonical text, and far from the end of the stack. */
const READ_DEPTH = 10 * MAX_DEPTH;

/** Removes the content of brackets beyond READ_DEPTH. The brackets stay, so the JSON is still too deep. */
function withoutDepths(text: string): string {
  let depth = 0;
  return text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]|[^"[\]{}]+/g, (part) => {
    if (part === '[' || part === '{') depth += 1;
    const kept = depth < READ_DEPTH || (depth === READ_DEPTH && /^[[\]{}]$/.test(part)) ? part : '';
    if (part === ']' || part === '}') depth -= 1;
    return kept;
  });
}

function exactly(value: number, source: string): number | ExactNumber {
  const spelled = String(value);
  if (spelled === source) return value;
  const meant = spellNumber(source);
  return Number.isFinite(value) && spellNumber(spelled) === meant ? value : new ExactNumber(meant);
}

/**
 * How far numbers are written out with zeros at the end (as many digits as the largest whole number that a double
 * holds) and at the beginning. Beyond that, an exponent is used where it is shorter, so that `1e20` does not grow.
 */
const MAX_PLACES = 16;
const MIN_PLACES = -6;

/** The one spelling of a number's value: `1.0`, `10e-1` and `1` are equal. It is about as long as its source. */
function spellNumber(source: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? [];
  const all = whole + fraction;
  const start = all.search(/[1-9]/);
  if (start < 0) return '0';
  let end = all.length;
  while (all[end - 1] === '0') end -= 1;
  const digits = all.slice(start, end);
  // How many digits are before the point. A BigInt, because an exponent may have any number of digits itself.
  const places = BigInt(whole.length - start) + BigInt(exponent);
  const short = `${digits}e${places - BigInt(digits.length)}`;
  if (places <= MIN_PLACES || places > Math.max(short.length, MAX_PLACES)) return sign + short;
  const before = Number(places);
  const padded = before > 0 ? digits.padEnd(before, '0') : '0'.repeat(1 - before) + digits;
  const point = Math.max(before, 1);
  return `${sign}${padded.slice(0, point)}${padded.length > point ? '.' : ''}${padded.slice(point)}`;
}

/**
 * Canonical text: equal content gives equal text, with keys in code-unit order and no spaces. Its SHA-256 identifies
 * the content. `replace` may return another value for a member, and another name. Its `key` is empty for the item of a
 * list and for a name. Throws TooDeepError.
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
  if (typeof value === 'number' && Math.abs(value) >= 10 ** MAX_PLACES) return spellNumber(String(value));
  return JSON.stringify(value);
}

import { parsed } from './json.ts';
import type { Refusal } from './sns-rules.ts';

/** `value` is text; for a Binary, base64. */
export interface MessageAttribute {
  type: string;
  value: string;
}

const ENTRY = /^MessageAttributes\.entry\.(\d+)\.Name$/;
/**
 * "Amazon SNS message attributes": letters, digits, `_`, `-` and `.`; no `.` first, last or twice in a row; at most 256
 * characters.
 */
const NAME = /^(?!.{257})[\w-]+(\.[\w-]+)*$/;
const RESERVED = /^(aws|amazon)\./i;
const TYPES = new Set(['String', 'String.Array', 'Number', 'Binary']);

/** The attributes of a Publish in the query protocol, as sent: a name may occur twice. */
export function attributesOf(form: URLSearchParams): [string, MessageAttribute][] {
  return [...form.keys()].flatMap((key): [string, MessageAttribute][] => {
    const entry = ENTRY.exec(key)?.[1];
    if (entry === undefined) return [];
    const at = (field: string) => form.get(`MessageAttributes.entry.${entry}.${field}`);
    const value = at('Value.StringValue') ?? at('Value.BinaryValue') ?? '';
    return [[at('Name') ?? '', { type: at('Value.DataType') ?? '', value }]];
  });
}

/** Names, types and values all count towards the size of a message. */
export function attributeBytes(attributes: readonly [string, MessageAttribute][]): number {
  return attributes
    .map(([name, { type, value }]) => {
      const bytes = Buffer.byteLength(value, type === 'Binary' ? 'base64' : 'utf8');
      return Buffer.byteLength(name) + Buffer.byteLength(type) + bytes;
    })
    .reduce((sum, bytes) => sum + bytes, 0);
}

/** The first attribute that SNS would refuse, with its error. */
export function wrongAttribute(attributes: readonly [string, MessageAttribute][]): Refusal | undefined {
  const seen = new Set<string>();
  for (const [name, { type, value }] of attributes) {
    const refuse = (reason: string) => ({
      code: 'ParameterValueInvalid',
      message: `The message attribute '${name}' ${reason}`,
    });
    if (!NAME.test(name) || RESERVED.test(name)) return refuse('has an invalid message attribute name.');
    if (seen.has(name)) return refuse('is there more than once.');
    seen.add(name);
    if (!TYPES.has(type)) return refuse(`has an invalid message attribute type, '${type}'.`);
    if (value === '')
      return refuse(`must contain non-empty message attribute value for message attribute type '${type}'.`);
    if (type === 'Number' && !Number.isFinite(Number(value))) return refuse(`holds no number, '${value}'.`);
    if (type === 'String.Array' && !isPlainArray(parsed(value))) return refuse('holds no array of plain values.');
  }
  return undefined;
}

/** An array for filter policies: strings, numbers, booleans and null. */
function isPlainArray(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => each === null || typeof each !== 'object');
}

/* AWS's billing rules for what has a size. Sizes are bytes. */

const KB = 1_024;

/** What API Gateway bills for a message: "metered in 32 KB increments". */
export const messageUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / (32 * KB)));

/** What DynamoDB bills for writing an item, or for a write that a condition refuses: 1 for each KB. */
export const writeUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / KB));

/** What SNS bills for a publish: 1 for each 64 KB. */
export const publishUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / (64 * KB)));

/** What CloudWatch Logs bills for a line: its bytes and 26 more. */
export const lineBytes = (line: string): number => Buffer.byteLength(line) + 26;

/** The GB-seconds of one run of a function: its memory in MB for so many ms, billed to the ms. */
export const gbSeconds = (memoryMb: number, ms: number): number => (memoryMb / KB) * (Math.ceil(ms) / 1_000);

/** An attribute value as DynamoDB's JSON has it: `{ S: 'demo' }`. */
export type Attribute = Readonly<Record<string, unknown>>;

/**
 * The size of an item: its attribute names and values (Developer Guide, "DynamoDB item sizes and formats"). A number
 * takes about a byte for two digits; a list or a map takes three bytes and one for each element.
 */
export function itemBytes(item: Readonly<Record<string, Attribute>>): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function valueBytes(attribute: Attribute): number {
  const [type, value] = Object.entries(attribute)[0] ?? [];
  if (type === 'S') return Buffer.byteLength(String(value));
  if (type === 'N') return Math.ceil(String(value).replace(/[^0-9]/g, '').length / 2) + 1;
  if (type === 'L' && Array.isArray(value)) return value.reduce((sum, each) => sum + 1 + valueBytes(each), 3);
  if (type === 'M') return 3 + Object.keys(Object(value)).length + itemBytes(Object(value));
  if (type === 'BOOL' || type === 'NULL') return 1;
  // Sets and binaries, which nbwatch does not use.
  return Buffer.byteLength(JSON.stringify(value));
}

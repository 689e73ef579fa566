import type { Alert } from './message.ts';
import { oneLine } from './words.ts';

/** The attributes of an SNS Publish. */
export type SnsAttributes = Record<string, { DataType: 'String' | 'String.Array' | 'Number'; StringValue: string }>;

/**
 * Longer lists would crowd out what the message is about. Whoever filters by them also takes messages without the
 * attribute.
 */
export const LIST_LIMIT_BYTES = 8_192;

/**
 * What subscriptions can filter by. SNS refuses an empty attribute, and a restore has no policy. SQS refuses control
 * characters in the attributes that a queue with raw delivery gets.
 */
export function renderAttributes({ kind, severity, part, attributes }: Alert): SnsAttributes {
  const all = Object.entries({ kind, severity, part, ...attributes });
  return Object.fromEntries(all.flatMap(([name, value]) => renderAttribute(name, value)));
}

function renderAttribute(name: string, value: Alert['attributes'][string]): [string, SnsAttributes[string]][] {
  const given = typeof value === 'object' ? value : [value];
  const values = [...new Set(given.map((each) => (typeof each === 'number' ? each : oneLine(each))))];
  const [first] = values;
  // Whoever wants a job without a value takes messages without the attribute: a list of the others' values would hide
  // that job.
  if (first === undefined || values.includes('')) return [];
  if (values.length === 1)
    return [[name, { DataType: typeof first === 'number' ? 'Number' : 'String', StringValue: String(first) }]];
  const list = JSON.stringify(values);
  if (Buffer.byteLength(list, 'utf8') > LIST_LIMIT_BYTES) return [];
  return [[name, { DataType: 'String.Array', StringValue: list }]];
}

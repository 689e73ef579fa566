import { compilePattern } from '../mappings/filter.ts';
import { parsed } from './json.ts';
import type { MessageAttribute } from './message-attributes.ts';

/**
 * Whether a subscription's filter policy lets a message through, by its attributes. Throws for an invalid policy, and
 * for an operator that is not known here. SNS's policies work like Lambda's patterns: every name must match one of its
 * conditions, and of a list, one matching value is enough (Amazon SNS Developer Guide, "Subscription filter policies").
 */
export function passesFilter(policy: string, attributes: Readonly<Record<string, MessageAttribute>>): boolean {
  if (policy.trim() === '{}') return true;
  const matches = compilePattern(parsed(policy), 'FilterPolicy');
  // A message without attributes matches nothing, not even `exists: false` ("Key matching").
  return Object.keys(attributes).length > 0 && matches(valuesOf(attributes));
}

/** The values to compare. Binary attributes are left out ("Filter policy constraints"). */
function valuesOf(attributes: Readonly<Record<string, MessageAttribute>>): Record<string, unknown> {
  const values = Object.entries(attributes).flatMap(([name, { type, value }]) => {
    if (type === 'Binary') return [];
    return [[name, type === 'Number' ? Number(value) : type === 'String.Array' ? parsed(value) : value]];
  });
  return Object.fromEntries(values);
}

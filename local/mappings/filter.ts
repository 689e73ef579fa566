import { leafRule } from './filter-rules.ts';
import { isObject } from './json.ts';

type Matcher = (node: unknown) => boolean;

/** What a pattern sees at a key: nothing below a plain value; of a list, what all its elements have there. */
function below(node: unknown, key: string): unknown {
  if (Array.isArray(node)) return node.flatMap((element) => (isObject(element) ? [below(element, key)] : []));
  return isObject(node) && Object.hasOwn(node, key) ? node[key] : undefined;
}

function either(alternatives: unknown, path: string): Matcher {
  if (!Array.isArray(alternatives) || alternatives.length < 2)
    throw new Error(`${path}: $or takes a list of at least two patterns`);
  const matchers = alternatives.map((alternative, index) => compilePattern(alternative, `${path}.${index}`));
  return (node) => matchers.some((matches) => matches(node));
}

/** Every key must match. A list at a key holds alternatives; an object goes one level down. Errors name the `path`. */
export function compilePattern(pattern: unknown, path: string): Matcher {
  if (!isObject(pattern) || Object.keys(pattern).length === 0)
    throw new Error(`${path}: a pattern is an object with at least one key`);
  const matchers = Object.entries(pattern).map(([key, value]): Matcher => {
    const at = `${path}.${key}`;
    if (key === '$or') return either(value, at);
    const matches = Array.isArray(value)
      ? leafRule(value, at)
      : isObject(value)
        ? compilePattern(value, at)
        : undefined;
    // The most common mistake is a bare value: { "eventName": "INSERT" } without the list.
    if (!matches) throw new Error(`${at}: a value must be in a list`);
    return (node) => matches(below(node, key));
  });
  return (node) => matchers.every((matches) => matches(node));
}

/**
 * Whether a record passes a mapping's `FilterCriteria`: it matches any of the patterns, or there are none. Throws for
 * an invalid pattern, and for an operator that Lambda does not list for event source mappings. Source: Lambda developer
 * guide, "Control which events Lambda sends to your function", and EventBridge's event patterns.
 */
export function compileFilters(patterns: readonly string[]): (record: unknown) => boolean {
  const matchers = patterns.map((text, index) => {
    const path = `Filters.${index}.Pattern`;
    let pattern: unknown;
    try {
      pattern = JSON.parse(text);
    } catch {
      throw new Error(`${path}: is not JSON`);
    }
    return compilePattern(pattern, path);
  });
  return (record) => matchers.length === 0 || matchers.some((matches) => matches(record));
}

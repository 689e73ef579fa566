import { isDeepStrictEqual } from 'node:util';
import { isObject, UnresolvedError } from './template.ts';

type Operator = 'Fn::Equals' | 'Fn::And' | 'Fn::Or' | 'Fn::Not';
type Resolve = (value: unknown, path: string) => unknown;

export interface Conditions {
  /** Whether the condition of this name holds. `path`: where it is used, for errors. */
  holds(name: string, path: string): boolean;
  decide(operator: Operator): (argument: unknown, path: string) => boolean;
}

/** CloudFormation compares text: a parameter's "true" equals true, and "1" equals 1. */
function equal(left: unknown, right: unknown): boolean {
  const text = (value: unknown) => (typeof value === 'boolean' || typeof value === 'number' ? String(value) : value);
  return isDeepStrictEqual(text(left), text(right));
}

export function createConditions(definitions: Readonly<Record<string, unknown>>, resolve: Resolve): Conditions {
  const open = new Set<string>();
  const known = new Map<string, boolean>();

  function holds(name: string, path: string): boolean {
    const before = known.get(name);
    if (before !== undefined) return before;
    if (!Object.hasOwn(definitions, name)) throw new UnresolvedError(path, `there is no condition ${name}`);
    if (open.has(name)) throw new UnresolvedError(path, `the conditions ${[...open, name].join(' -> ')} form a cycle`);
    open.add(name);
    try {
      const value = truth(definitions[name], `Conditions.${name}`);
      known.set(name, value);
      return value;
    } finally {
      open.delete(name);
    }
  }

  /** Evaluates a condition, or a condition function. Elsewhere `Condition` is an ordinary key (IAM policies). */
  function truth(expression: unknown, path: string): boolean {
    if (isObject(expression) && Object.keys(expression).length === 1 && typeof expression.Condition === 'string')
      return holds(expression.Condition, path);
    const value = resolve(expression, path);
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    throw new UnresolvedError(path, 'is not a condition');
  }

  function decide(operator: Operator) {
    return (argument: unknown, path: string): boolean => {
      const parts: unknown[] = Array.isArray(argument) ? argument : [];
      const [least, most] = operator === 'Fn::Not' ? [1, 1] : operator === 'Fn::Equals' ? [2, 2] : [2, 10];
      if (parts.length < least || parts.length > most)
        throw new UnresolvedError(path, `${operator} takes ${least === most ? least : `${least} to ${most}`} values`);
      switch (operator) {
        case 'Fn::Equals':
          return equal(resolve(parts[0], path), resolve(parts[1], path));
        case 'Fn::And':
          return parts.every((part) => truth(part, path));
        case 'Fn::Or':
          return parts.some((part) => truth(part, path));
        case 'Fn::Not':
          return !truth(parts[0], path);
      }
    };
  }

  return { holds, decide };
}

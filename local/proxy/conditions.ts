import type { Access, Statement } from './iam.ts';
import { matches } from './wildcard.ts';

type Condition = NonNullable<Statement['Condition']>;

/** `every`: the set operator ForAllValues, which also holds if the call has no value for the key. */
interface Operator {
  every: boolean;
  test(pattern: string, value: string): boolean;
}

const equals = (pattern: string, value: string) => pattern === value;
const same = (pattern: string, value: string) => pattern.toLowerCase() === value.toLowerCase();

const operators: ReadonlyMap<string, Operator> = new Map([
  ['StringEquals', { every: false, test: equals }],
  ['StringLike', { every: false, test: matches }],
  ['Bool', { every: false, test: same }],
  ['ForAllValues:StringEquals', { every: true, test: equals }],
  ['ForAllValues:StringLike', { every: true, test: matches }],
]);

const LEADING_KEYS = 'dynamodb:leadingkeys';
/** IAM ignores case in the names of condition keys. */
const keys: ReadonlySet<string> = new Set([LEADING_KEYS, 'aws:securetransport']);

/** Throws for any operator, key or variable that {@link conditionHolds} cannot decide as IAM does. */
export function checkCondition(condition: Condition): void {
  for (const [name, tests] of Object.entries(condition)) {
    const operator = operators.get(name);
    if (!operator) throw new Error(`The condition operator ${name} is not known to the one-machine run.`);
    for (const [key, patterns] of Object.entries(tests)) {
      if (!keys.has(key.toLowerCase())) {
        throw new Error(`The condition key ${key} is not known to the one-machine run.`);
      }
      if (key.toLowerCase() === LEADING_KEYS && !operator.every) {
        throw new Error(`The condition key ${key} has many values and needs ForAllValues, not ${name}.`);
      }
      for (const pattern of [patterns].flat()) {
        if (typeof pattern !== 'string' || pattern.includes('${')) {
          throw new Error(`The condition value ${JSON.stringify(pattern)} of ${key} is not a plain string.`);
        }
      }
    }
  }
}

/** All operators and keys must hold; of a key's values, any one may match. */
export function conditionHolds(condition: Condition, access: Access): boolean {
  return Object.entries(condition).every(([name, tests]) =>
    Object.entries(tests).every(([key, patterns]) => {
      const operator = operators.get(name);
      if (!operator) return false;
      const values = valuesOf(key.toLowerCase(), access);
      const passes = (value: string) => [patterns].flat().some((pattern) => operator.test(pattern, value));
      return operator.every ? values.every(passes) : values.some(passes);
    }),
  );
}

function valuesOf(key: string, access: Access): readonly string[] {
  if (key === LEADING_KEYS) return access.leadingKeys ?? [];
  const found = Object.entries(access.context).find(([name]) => name.toLowerCase() === key);
  return found ? [found[1]] : [];
}

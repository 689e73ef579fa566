type Leaf = string | number | boolean | null;
type Rule = (leaves: readonly Leaf[]) => boolean;

function isLeaf(value: unknown): value is Leaf {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

/** The plain values at a place; of a list, each value. An object is not a leaf: no rule sees it, not even `exists`. */
function leavesOf(value: unknown): readonly Leaf[] {
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  return isLeaf(value) ? [value] : [];
}

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** `["=", 5]` or `[">", 0, "<=", 5]`. DynamoDB numbers are text in a record, so only the record's own numbers match. */
function numeric(argument: unknown, path: string): Rule {
  const parts: readonly unknown[] = Array.isArray(argument) ? argument : [];
  const tests: ((value: number) => boolean)[] = [];
  for (let at = 0; at < parts.length; at += 2) {
    const [operator, bound] = parts.slice(at, at + 2);
    const compare = typeof operator === 'string' ? comparisons[operator] : undefined;
    if (!compare || typeof bound !== 'number')
      throw new Error(`${path}: numeric takes comparisons, each with a number`);
    tests.push((value) => compare(value, bound));
  }
  if (tests.length < 1 || tests.length > 2) throw new Error(`${path}: numeric takes one or two comparisons`);
  return (leaves) => leaves.some((leaf) => typeof leaf === 'number' && tests.every((passes) => passes(leaf)));
}

function onText(name: string, test: (value: string, wanted: string) => boolean) {
  return (argument: unknown, path: string): Rule => {
    if (typeof argument !== 'string') throw new Error(`${path}: ${name} takes text`);
    return (leaves) => leaves.some((leaf) => typeof leaf === 'string' && test(leaf, argument));
  };
}

const operators: Readonly<Record<string, (argument: unknown, path: string) => Rule>> = {
  exists(argument, path) {
    if (typeof argument !== 'boolean') throw new Error(`${path}: exists takes true or false`);
    return (leaves) => leaves.length > 0 === argument;
  },
  prefix: onText('prefix', (value, wanted) => value.startsWith(wanted)),
  suffix: onText('suffix', (value, wanted) => value.endsWith(wanted)),
  'equals-ignore-case': onText('equals-ignore-case', (value, wanted) => value.toLowerCase() === wanted.toLowerCase()),
  'anything-but'(argument, path) {
    const given: readonly unknown[] = Array.isArray(argument) ? argument : [argument];
    // EventBridge also takes prefix, suffix and so on here, but Lambda does not list them.
    if (given.length === 0 || !given.every((value) => typeof value === 'string' || typeof value === 'number'))
      throw new Error(`${path}: anything-but takes text or numbers`);
    return (leaves) => leaves.some((leaf) => given.every((value) => value !== leaf));
  },
  numeric,
};

function ruleOf(alternative: unknown, path: string): Rule {
  if (isLeaf(alternative)) return (leaves) => leaves.includes(alternative);
  const entries = typeof alternative === 'object' && alternative !== null ? Object.entries(alternative) : [];
  const [only] = entries;
  if (!only || entries.length !== 1 || Array.isArray(alternative))
    throw new Error(`${path}: an alternative is a value or an object with one operator`);
  const [name, argument] = only;
  const operator = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (!operator) throw new Error(`${path}: the operator ${name} is not supported`);
  return operator(argument, path);
}

/** The rule for the list at a leaf of a pattern: any of its alternatives may match. */
export function leafRule(alternatives: readonly unknown[], path: string): (node: unknown) => boolean {
  if (alternatives.length === 0) throw new Error(`${path}: the list is empty`);
  const rules = alternatives.map((alternative) => ruleOf(alternative, path));
  return (node) => {
    const leaves = leavesOf(node);
    return rules.some((rule) => rule(leaves));
  };
}

import { checkCondition, conditionHolds } from './conditions.ts';
import { matches } from './wildcard.ts';

export interface Statement {
  Effect: 'Allow' | 'Deny';
  Action: string | string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

/** A role of the template. `name` is its logical id. */
export interface Role {
  name: string;
  statements: readonly Statement[];
}

/** One permission that a call needs. */
export interface Access {
  action: string;
  resource: string;
  /** Partition key values that the call names (`dynamodb:LeadingKeys`); absent if it names none, as a Scan does. */
  leadingKeys?: readonly string[];
  /** Single-valued condition keys, by their name in IAM. */
  context: Readonly<Record<string, string>>;
}

export type Decision = { allowed: true } | { allowed: false; why: string };

const ELEMENTS = new Set(['Sid', 'Effect', 'Action', 'Resource', 'Condition']);

/**
 * Decides as IAM does from identity-based policies: an explicit Deny wins, and what is not allowed is denied. Throws as
 * {@link checkStatement} does.
 */
export function evaluate(statements: readonly Statement[], access: Access): Decision {
  for (const statement of statements) checkStatement(statement);
  const applying = statements.filter((statement) => applies(statement, access));
  if (applying.some(({ Effect }) => Effect === 'Deny')) {
    return { allowed: false, why: 'with an explicit deny in an identity-based policy' };
  }
  if (applying.length > 0) return { allowed: true };
  return { allowed: false, why: `because no identity-based policy allows the ${access.action} action` };
}

/**
 * Throws for whatever the run cannot decide as IAM would, and names it: with a silently skipped statement, a call might
 * pass on one machine and fail on AWS, or the other way round.
 */
export function checkStatement(statement: Statement): void {
  for (const element of Object.keys(statement)) {
    if (!ELEMENTS.has(element)) throw new Error(`The policy element ${element} is not known to the one-machine run.`);
  }
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') {
    throw new Error(`The policy effect ${JSON.stringify(statement.Effect)} is neither Allow nor Deny.`);
  }
  for (const value of [...strings('Action', statement.Action), ...strings('Resource', statement.Resource)]) {
    if (value.includes('${')) throw new Error(`The policy variable in ${value} is not known to the one-machine run.`);
  }
  checkCondition(statement.Condition ?? {});
}

function strings(element: string, value: unknown): string[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.map((each) => {
    if (typeof each === 'string') return each;
    throw new Error(`The policy's ${element} holds ${JSON.stringify(each)}, which is not a string.`);
  });
}

function applies(statement: Statement, access: Access): boolean {
  return (
    // IAM ignores case in action names, but not in resources.
    [statement.Action].flat().some((action) => matches(action.toLowerCase(), access.action.toLowerCase())) &&
    [statement.Resource].flat().some((resource) => matches(resource, access.resource)) &&
    conditionHolds(statement.Condition ?? {}, access)
  );
}

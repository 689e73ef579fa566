import { list, record, text } from './json.ts';

/** The tables of the template, by physical name. */
export type Tables = ReadonlyMap<string, { partitionKey: string }>;

/** Partition key values of items or keys, in the given order; undefined for a table that the template does not have. */
export function keysOf(tables: Tables, table: string, items: readonly unknown[]): readonly string[] | undefined {
  const key = partitionKey(tables, table);
  return key === undefined ? undefined : items.flatMap((item) => keyValue(record(item)[key]));
}

/**
 * The partition key value that a Query asks for. The template's indexes are not known here, so on an index every value
 * compared with `=` counts, including the sort key's: stricter than AWS, never laxer.
 */
export function queriedKeys(
  tables: Tables,
  table: string,
  query: Record<string, unknown>,
): readonly string[] | undefined {
  const key = partitionKey(tables, table);
  if (key === undefined) return undefined;
  return equalities(query)
    .filter(([name]) => query.IndexName !== undefined || name === key)
    .flatMap(([, value]) => keyValue(value));
}

function equalities(query: Record<string, unknown>): [string, unknown][] {
  const names = record(query.ExpressionAttributeNames);
  const values = record(query.ExpressionAttributeValues);
  const expression = text(query.KeyConditionExpression) ?? '';
  const terms = [...expression.matchAll(/([#\w.-]+)\s*=\s*(:\w+)/g)].map(
    ([, name = '', value = '']): [string, unknown] => [text(names[name]) ?? name, values[value]],
  );
  const legacy = Object.entries(record(query.KeyConditions))
    .filter(([, condition]) => record(condition).ComparisonOperator === 'EQ')
    .map(([name, condition]): [string, unknown] => [name, list(record(condition).AttributeValueList)[0]]);
  return [...terms, ...legacy];
}

function partitionKey(tables: Tables, table: string): string | undefined {
  const name = table.startsWith('arn:') ? table.split(':table/')[1]?.split('/')[0] : table;
  return tables.get(name ?? table)?.partitionKey;
}

/** A key is `{ S }`, `{ N }` or `{ B }` (base64). Anything else is left for DynamoDB to refuse. */
function keyValue(attribute: unknown): string[] {
  const { S, N, B } = record(attribute);
  const value = text(S) ?? text(N) ?? text(B);
  return value === undefined ? [] : [value];
}

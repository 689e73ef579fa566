import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { type Index, LEDGER_INDEXES, RECORDS_INDEXES, REGISTRY_INDEXES } from '../../functions/keys/indexes.ts';
import { EXPIRES_AT, PARTITION_KEY, SORT_KEY } from '../../functions/keys/tables.ts';
import type { Verdict } from './finding.ts';

/** The shape that nbwatch needs of a table: the stack creates tables like this, and tables it adopts must match. */
export interface Shape {
  indexes: readonly (Index & { projection: 'ALL' | 'KEYS_ONLY' })[];
  /** The stream views that its readers can work with; none if nothing reads the stream. */
  streams: readonly string[];
}

const indexesOf = (indexes: Readonly<Record<string, Index>>): Shape['indexes'] =>
  Object.values(indexes).map((index) => ({
    ...index,
    projection: index === RECORDS_INDEXES.pending ? 'KEYS_ONLY' : 'ALL',
  }));

export const SHAPES: Readonly<Record<'Ledger' | 'Records' | 'Registry', Shape>> = {
  Ledger: { indexes: indexesOf(LEDGER_INDEXES), streams: ['NEW_AND_OLD_IMAGES'] },
  Records: {
    indexes: indexesOf(RECORDS_INDEXES),
    streams: ['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES'],
  },
  Registry: { indexes: indexesOf(REGISTRY_INDEXES), streams: [] },
};

/** A table as DynamoDB describes it. Undefined means not looked at. */
export interface FoundTable {
  name: keyof typeof SHAPES;
  table: TableDescription;
  /** The attribute that ends items; empty where TTL is off. */
  ttl: string | undefined;
  recovers: boolean | undefined;
}

/** Everything that is wrong with a table. */
export function judgeTable({ name, table, ttl, recovers }: FoundTable): Verdict[] {
  const { indexes, streams } = SHAPES[name];
  const called = table.TableName ?? name;
  const wrong: Verdict[] = [];
  const failed = (what: string, next: string) => wrong.push({ state: 'failed', what: `${name}: ${what}`, next });
  const warning = (what: string, next: string) => wrong.push({ state: 'warning', what: `${name}: ${what}`, next });

  const keys = keysOf(table, table.KeySchema);
  const wantedKeys = `${PARTITION_KEY} (S), ${SORT_KEY} (S)`;
  if (keys !== wantedKeys)
    failed(`its keys are ${keys} and not ${wantedKeys}`, `Copy its items into a table with the keys ${wantedKeys}.`);
  for (const { name: index, partitionKey, sortKey, projection } of indexes) {
    const found = table.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === index);
    const wanted = `${partitionKey} (S), ${sortKey} (N), ${projection}`;
    const has = found && `${keysOf(table, found.KeySchema)}, ${found.Projection?.ProjectionType}`;
    if (!found) failed(`the index ${index} is missing`, `Add it: ${wanted}.`);
    else if (has !== wanted)
      failed(`the index ${index} is ${has} and not ${wanted}`, `Delete it and create it again: ${wanted}.`);
    else if (found.IndexStatus !== undefined && found.IndexStatus !== 'ACTIVE')
      warning(`the index ${index} is ${found.IndexStatus}`, 'Wait until DynamoDB has filled it.');
  }
  const view = table.StreamSpecification?.StreamViewType;
  if (streams.length > 0 && !streams.includes(view ?? '')) {
    const add = `aws dynamodb update-table --table-name ${called} --stream-specification StreamEnabled=true,StreamViewType=${streams[0]}`;
    if (view === undefined) failed('it has no stream', add);
    else
      failed(
        `the view type of its stream is ${view}, not ${streams.join(' or ')}`,
        `Switch the stream off, then: ${add}`,
      );
  }
  if (ttl !== undefined && ttl !== EXPIRES_AT) {
    const enable = `aws dynamodb update-time-to-live --table-name ${called} --time-to-live-specification Enabled=true,AttributeName=${EXPIRES_AT}`;
    if (ttl === '') warning('TTL is off, so nothing in it expires', enable);
    else warning(`TTL uses the attribute ${ttl}, not ${EXPIRES_AT}`, `Switch TTL off, then: ${enable}`);
  }
  if (recovers === false)
    warning(
      'it has no point-in-time recovery',
      `aws dynamodb update-continuous-backups --table-name ${called} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`,
    );
  // On one machine it is not looked at.
  if (table.DeletionProtectionEnabled === false && recovers !== undefined)
    warning(
      'it has no deletion protection',
      `Unless the stack is for trials (nbwatch:keepData=false): aws dynamodb update-table --table-name ${called} --deletion-protection-enabled`,
    );
  return wrong;
}

/** `pk (S), sk (S)`. */
function keysOf({ AttributeDefinitions = [] }: TableDescription, schema: TableDescription['KeySchema'] = []): string {
  return schema
    .toSorted((a, b) => (a.KeyType === b.KeyType ? 0 : a.KeyType === 'HASH' ? -1 : 1))
    .map(({ AttributeName }) => {
      const type = AttributeDefinitions.find((one) => one.AttributeName === AttributeName)?.AttributeType;
      return `${AttributeName} (${type})`;
    })
    .join(', ');
}

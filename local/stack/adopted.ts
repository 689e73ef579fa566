import type { DynamoDBClient, TableDescription } from '@aws-sdk/client-dynamodb';
import { projectionOf, SHAPES, type Shape } from '../../functions/keys/shapes.ts';
import { PARTITION_KEY, SORT_KEY } from '../../functions/keys/tables.ts';
import { ExplainedError } from '../explained-error.ts';
import { tableArn } from './attributes.ts';
import type { Deployment } from './deployment.ts';
import { describeTable, type LocalTable } from './tables.ts';

/** Thrown when the stack adopts a table that the run's database does not have, or has in another shape. */
export class AdoptedTableError extends ExplainedError {
  override readonly name = 'AdoptedTableError';
}

type Adopting = Pick<Deployment, 'ofType' | 'outputs'> & { mappings: readonly Reading[] };
/** A mapping, by the stream that it reads. */
type Reading = { properties: { EventSourceArn: string } };

/** Each table's role, the output that names the table, and the shape that it needs. */
const ROLES = [
  ['Ledger', 'LedgerTable', SHAPES.ledger],
  ['Records', 'RecordsTable', SHAPES.records],
  ['Registry', 'RegistryTable', SHAPES.registry],
] as const;

/** Finds the tables that the stack uses but does not create. Throws AdoptedTableError if one is missing or unfit. */
export function adoptTables(client: DynamoDBClient, deployment: Adopting): Promise<LocalTable[]> {
  const own = new Set(deployment.ofType('AWS::DynamoDB::Table').map(({ id }) => id));
  const adopted = ROLES.flatMap(([role, output, shape]) => {
    const name = deployment.outputs[output];
    return name === undefined || own.has(name) ? [] : [{ role, name, shape }];
  });
  return Promise.all(
    adopted.map(async ({ role, name, shape }) => {
      const found = await describeTable(client, name);
      if (!found) {
        throw new AdoptedTableError(
          `The settings say that the table ${name} is the ${role}, but the database of this run has no table of that name. Create it there, or remove nbwatch:adopt${role} from the settings.`,
        );
      }
      const arn = streamOf(deployment, name);
      const faults = [...faultsOf(found, shape), ...streamFaults(found, shape, arn)];
      if (faults.length > 0) {
        throw new AdoptedTableError(
          `The table ${name} cannot be the ${role}: ${faults.join('; ')}. docs/runbooks.md says how to prepare a table.`,
        );
      }
      const stream = arn === undefined ? undefined : { arn, localArn: found.LatestStreamArn ?? '' };
      return { name, partitionKey: PARTITION_KEY, stream };
    }),
  );
}

/** The ARN by which the template's mappings read a table. */
function streamOf({ mappings }: Adopting, table: string): string | undefined {
  const start = `${tableArn(table)}/stream/`;
  return mappings.map(({ properties }) => properties.EventSourceArn).find((arn) => arn.startsWith(start));
}

/** How keys and indexes differ from a shape. An additional index does no harm. */
function faultsOf(table: TableDescription, { indexes }: Shape): string[] {
  const faults: string[] = [];
  if (keysOf(table) !== `${PARTITION_KEY} ${SORT_KEY}`)
    faults.push(`its key is ${keysOf(table)}, not ${PARTITION_KEY} ${SORT_KEY}`);
  for (const index of indexes) {
    const found = table.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === index.name);
    if (!found) {
      faults.push(`it has no index ${index.name}`);
      continue;
    }
    const wanted = `${index.partitionKey} ${index.sortKey}`;
    if (keysOf(found) !== wanted) faults.push(`the key of its index ${index.name} is ${keysOf(found)}, not ${wanted}`);
    const projection = found.Projection?.ProjectionType;
    if (projection !== projectionOf(index) && projection !== 'ALL')
      faults.push(`its index ${index.name} holds ${projection}, not ${projectionOf(index)}`);
  }
  return faults;
}

function streamFaults(table: TableDescription, { stream }: Shape, arn: string | undefined): string[] {
  if (stream === undefined) return [];
  const { LatestStreamArn, StreamSpecification } = table;
  if (!StreamSpecification?.StreamEnabled || LatestStreamArn === undefined) return ['it has no stream'];
  const view = StreamSpecification.StreamViewType;
  if (stream === 'NEW_AND_OLD_IMAGES' && view !== stream)
    return [`the view type of its stream is ${view}, not ${stream}`];
  const label = (of: string) => of.slice(of.lastIndexOf('/') + 1);
  return arn !== undefined && label(arn) !== label(LatestStreamArn)
    ? [`its stream is from ${label(LatestStreamArn)}, but the settings name one from ${label(arn)}`]
    : [];
}

const keysOf = ({ KeySchema = [] }: Pick<TableDescription, 'KeySchema'>) =>
  ['HASH', 'RANGE'].flatMap((type) => KeySchema.find(({ KeyType }) => KeyType === type)?.AttributeName ?? []).join(' ');

import { type AttributeValue, paginateScan } from '@aws-sdk/client-dynamodb';
import type { Tables } from '../../../functions/questions/query.ts';

/** An item as DynamoDB has it, types and all. */
export type Stored = Record<string, AttributeValue>;

/** How to tell a kind of item: by its table and what its keys begin with. Each is a heading of docs/data-model.md. */
const KINDS: readonly { kind: string; table: 'ledger' | 'records' | 'registry'; pk: string; sk?: string }[] = [
  { kind: 'Ledger: a job fact', table: 'ledger', pk: 'job#' },
  { kind: 'Ledger: an image fact', table: 'ledger', pk: 'image#' },
  { kind: 'Ledger: something put aside', table: 'ledger', pk: 'aside#' },
  { kind: 'Records: a job', table: 'records', pk: 'job#', sk: 'job' },
  { kind: 'Records: an intent', table: 'records', pk: 'job#', sk: 'intent#' },
  { kind: 'Records: a notice', table: 'records', pk: 'notice#' },
  { kind: 'Records: what the publisher remembers', table: 'records', pk: 'state#' },
  { kind: 'Records: an image', table: 'records', pk: 'image#', sk: 'image' },
  { kind: 'Records: a series', table: 'records', pk: 'series#', sk: 'series' },
  { kind: 'Records: a run of a series', table: 'records', pk: 'series#', sk: 'run#' },
  { kind: 'Records: a message', table: 'records', pk: 'message#' },
  { kind: 'Records: a note of what was sent', table: 'records', pk: 'sent#' },
  { kind: 'Records: a lease', table: 'records', pk: 'lease#' },
  { kind: 'Records: a fact that could not be projected', table: 'records', pk: 'unprojected#' },
  { kind: 'Registry: an endpoint', table: 'registry', pk: 'endpoint' },
  { kind: 'Registry: a token', table: 'registry', pk: 'token#' },
  { kind: 'Registry: a token of the canary', table: 'registry', pk: 'canary' },
  { kind: 'Registry: a connection', table: 'registry', pk: 'connection#' },
  { kind: 'Registry: the put asides of an hour', table: 'registry', pk: 'aside#' },
  { kind: 'Registry: a silence', table: 'registry', pk: 'silence' },
  { kind: 'Registry: a feed', table: 'registry', pk: 'feed' },
  { kind: 'Registry: a certificate', table: 'registry', pk: 'certificate' },
  { kind: 'Registry: a gap in a feed', table: 'registry', pk: 'gap#' },
  { kind: 'Registry: what is expected of backups', table: 'registry', pk: 'expectation' },
  { kind: 'Registry: an overdue backup', table: 'registry', pk: 'overdue#' },
  { kind: 'Registry: what people were told of images that vanish', table: 'registry', pk: 'deletions' },
  { kind: 'Registry: a dismissal', table: 'registry', pk: 'dismissal' },
  { kind: 'Registry: the end of the archive', table: 'registry', pk: 'archive' },
];

export const kindNames = KINDS.map(({ kind }) => kind);

/** Every item of the three tables, by its kind. Throws for an item of no known kind. */
export async function itemsByKind(tables: Tables): Promise<Map<string, Stored[]>> {
  const found = new Map<string, Stored[]>();
  for (const table of ['ledger', 'records', 'registry'] as const) {
    for await (const { Items = [] } of paginateScan({ client: tables.client }, { TableName: tables[table] })) {
      for (const item of Items) {
        const { pk = { S: '' }, sk = { S: '' } } = item;
        const kind = KINDS.find(
          (one) => one.table === table && pk.S?.startsWith(one.pk) && sk.S?.startsWith(one.sk ?? ''),
        )?.kind;
        if (kind === undefined) throw new Error(`An item of no known kind in ${table}: ${pk.S} ${sk.S}`);
        found.set(kind, [...(found.get(kind) ?? []), item]);
      }
    }
  }
  return found;
}

const TYPES: Readonly<Record<string, string>> = {
  S: 'text',
  N: 'number',
  BOOL: 'boolean',
  L: 'list',
  M: 'map',
  SS: 'set of texts',
};

/** `receivedAt number`, for every attribute of an item; those of list elements as `runs[].status number`. */
export function attributesOf(item: Stored, path = ''): string[] {
  return Object.entries(item).flatMap(([name, value]) => {
    const type = Object.keys(value)[0] ?? '';
    const elements = (value.L ?? []).flatMap(({ M = {} }) => attributesOf(M, `${path}${name}[].`));
    return [`${path}${name} ${TYPES[type] ?? type}`, ...elements];
  });
}

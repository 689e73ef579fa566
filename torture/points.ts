import type { Call } from '../local/proxy/call.ts';

/** Where a function can die: the name of one of its calls, such as `Ingest dynamodb:PutItem Ledger`. */
export function pointOf(call: Pick<Call, 'role' | 'action' | 'resource'>): string {
  return [functionOf(call), call.action, thing(call.resource)].filter(Boolean).join(' ');
}

/** The function that made a call, by its name in the stack, such as `Ingest`. */
export function functionOf({ role }: Pick<Call, 'role'>): string {
  return bare(role.replace(/Role[0-9A-F]{8}$/, ''));
}

/** The name of a resource in the stack, without its id: for a table with its index, for a connection the method. */
function thing(resource: string): string {
  const method = /\/(GET|POST|DELETE)\/@connections\//.exec(resource)?.[1];
  if (method !== undefined) return method;
  const names = resource.split(',').map((arn) => {
    const [, table, index] = /table\/([^/]+)(?:\/index\/(.+))?$/.exec(arn) ?? [];
    if (table !== undefined) return [bare(table).replace(/^Stores/, ''), index].filter(Boolean).join('/');
    return bare((arn.split(':').at(-1) ?? '').split('/')[0] ?? '');
  });
  return [...new Set(names)].join('+');
}

const bare = (id: string) => id.replace(/[0-9A-Fa-f]{8}$/, '');

/**
 * Every call that the functions make in this traffic. A run fails if one of these is no longer made, or if a call that
 * is not in this list is made and no function died at it.
 */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  ArchiveFunction: ['dynamodb:UpdateItem Registry', 's3:PutObject archivebucket'],
  Ingest: [
    'dynamodb:BatchGetItem Ledger',
    'dynamodb:GetItem Registry',
    'dynamodb:PutItem Ledger',
    'dynamodb:PutItem Registry',
    'dynamodb:UpdateItem Registry',
    'execute-api:ManageConnections DELETE',
    'execute-api:ManageConnections POST',
  ],
  Projection: [
    'dynamodb:GetItem Records',
    'dynamodb:PutItem Records',
    'dynamodb:Query Ledger',
    'dynamodb:Query Records',
  ],
  Publisher: [
    'dynamodb:BatchGetItem Records',
    'dynamodb:DeleteItem Records',
    'dynamodb:GetItem Records',
    'dynamodb:PutItem Records',
    'dynamodb:Query Records/pending',
    'dynamodb:Query Registry',
    'dynamodb:UpdateItem Records',
    'sns:Publish AlertsTopic',
    'sns:Publish ChatTopic',
  ],
  Watch: [
    'dynamodb:DeleteItem Records',
    'dynamodb:GetItem Records',
    'dynamodb:PutItem Records',
    'dynamodb:PutItem Registry',
    'dynamodb:Query Ledger/byDay',
    'dynamodb:Query Records/byClient',
    'dynamodb:Query Records/byPrimary',
    'dynamodb:Query Records/pending',
    'dynamodb:Query Registry',
    'dynamodb:Query Registry/byEndpoint',
    'dynamodb:UpdateItem Registry',
    'execute-api:ManageConnections GET',
    's3:ListBucket givenup',
    'sns:ListSubscriptionsByTopic AlertsTopic',
    'sns:ListSubscriptionsByTopic ChatTopic',
    'sns:ListSubscriptionsByTopic OperationsTopic',
  ],
};

export const EVERY_POINT: readonly string[] = Object.entries(CALLS).flatMap(([name, calls]) =>
  calls.map((call) => `${name} ${call}`),
);

/** How often a function died before and after a call. */
export interface Deaths {
  before: number;
  after: number;
}

/** The deaths of functions, by point: all points at which one made a call. */
export type KillPoints = ReadonlyMap<string, Deaths & { calls: number }>;

/** The points at which no function died before, or after, the call: what happens then is not shown. */
export function untried(points: KillPoints): string[] {
  return [...points].flatMap(([point, { before, after }]) => [
    ...(before === 0 ? [`before ${point}`] : []),
    ...(after === 0 ? [`after ${point}`] : []),
  ]);
}

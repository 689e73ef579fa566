import type { Call } from '../local/proxy/call.ts';

/** Where a function can die: a call of it by its name, such as `Ingest dynamodb:PutItem Ledger`. */
export function pointOf(call: Pick<Call, 'role' | 'action' | 'resource'>): string {
  return [functionOf(call), call.action, thing(call.resource)].filter(Boolean).join(' ');
}

/** Whose call it is: a function by its name in the stack, such as `Ingest`. */
export function functionOf({ role }: Pick<Call, 'role'>): string {
  return bare(role.replace(/Role[0-9A-F]{8}$/, ''));
}

/** What a resource is called in the stack, without its id: of a table with its index, of a connection the method. */
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

/** How often a function died before and after a call. */
export interface Deaths {
  before: number;
  after: number;
}

/** Where functions died, by point: all points at which one called. */
export type KillPoints = ReadonlyMap<string, Deaths & { calls: number }>;

/** The points at which no function died, before or after: what happens then is not shown. */
export function untried(points: KillPoints): string[] {
  return [...points].flatMap(([point, { before, after }]) => [
    ...(before === 0 ? [`before ${point}`] : []),
    ...(after === 0 ? [`after ${point}`] : []),
  ]);
}

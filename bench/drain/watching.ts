import type { Call } from '../../local/proxy/call.ts';
import type { FaultPlan } from '../../local/proxy/faults.ts';
import type { Published } from '../../local/proxy/sns-rules.ts';

/** Calls by function and action: `Projection` → `PutItem` → how many. */
export type Calls = Record<string, Record<string, number>>;

/** When each record was written and each message published (performance.now()), and the calls that it took. */
export interface Watching {
  /** By the partition key of a job or an image. */
  visible: Map<string, number>;
  /** By the client that a message names. */
  published: Map<string, number>;
  calls: Calls;
  /** Sees the calls of functions and lets them pass. */
  faults: FaultPlan;
  onPublished(message: Published): void;
  forget(): void;
}

export function startWatching(recordsTable: string): Watching {
  const watching: Watching = {
    visible: new Map(),
    published: new Map(),
    calls: {},
    faults: { before: () => undefined, after: note },
    onPublished({ attributes }) {
      const now = performance.now();
      const client = attributes.client?.value;
      if (client !== undefined && !watching.published.has(client)) watching.published.set(client, now);
    },
    forget() {
      watching.visible.clear();
      watching.published.clear();
      watching.calls = {};
    },
  };

  function note({ role, action, needs }: Call): undefined {
    const now = performance.now();
    const name = /^(Projection|Publisher)/.exec(role)?.[0];
    if (name === undefined) return;
    const what = action.split(':')[1] ?? action;
    watching.calls = addCalls(watching.calls, { [name]: { [what]: 1 } });
    if (name !== 'Projection' || what !== 'PutItem') return;
    // The first write under a job or an image is its record; runs are stored under their series.
    for (const { resource, leadingKeys = [] } of needs)
      for (const pk of leadingKeys)
        if (resource.endsWith(`table/${recordsTable}`) && !watching.visible.has(pk)) watching.visible.set(pk, now);
  }
  return watching;
}

/** The sum of both, call by call. */
export function addCalls(some: Calls, more: Calls): Calls {
  const sum = structuredClone(some);
  for (const [name, actions] of Object.entries(more)) {
    const of = sum[name] ?? {};
    for (const [action, count] of Object.entries(actions)) of[action] = (of[action] ?? 0) + count;
    sum[name] = of;
  }
  return sum;
}

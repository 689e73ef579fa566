import type { FunctionDefinition } from './definition.ts';

/**
 * Counts invocations as Lambda does. A function with reserved concurrency has that much to itself and no more; all
 * others share the rest of the account's.
 */
export interface Concurrency {
  /** Takes a slot for one invocation; `undefined` if none is free. The returned function gives the slot back. */
  take(functionId: string): (() => void) | undefined;
}

export function countConcurrency(
  definitions: readonly FunctionDefinition[],
  account: number | (() => number),
): Concurrency {
  const places = new Map<string, { limit: number; taken: number }>();
  const now = () => (typeof account === 'number' ? account : account());
  const reserved = definitions.reduce((sum, { reservedConcurrency = 0 }) => sum + reservedConcurrency, 0);
  const shared = {
    get limit() {
      return now() - reserved;
    },
    taken: 0,
  };
  for (const { id, reservedConcurrency } of definitions) {
    if (reservedConcurrency === undefined) continue;
    places.set(id, { limit: reservedConcurrency, taken: 0 });
  }
  if (shared.limit < 0) throw new Error(`The functions reserve more than the account's ${now()} concurrent executions`);
  return {
    take(functionId) {
      const pool = places.get(functionId) ?? shared;
      if (pool.taken >= pool.limit) return undefined;
      pool.taken += 1;
      return () => {
        pool.taken -= 1;
      };
    },
  };
}

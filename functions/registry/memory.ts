/** How long a warm function may go on without asking whether the token of an endpoint is still good. */
export const MEMORY_MS = 60_000;

/** Of so many things at most: whoever opens one connection after the other does not fill the memory of a function. */
const MOST = 10_000;

/** What a warm function found, by name. Each thing is remembered from when it was asked for, and not longer because it is used. */
export interface Memory<T> {
  get(name: string, at: number): T | undefined;
  /** `at`, epoch ms: before it was asked for. */
  set(name: string, found: T, at: number): void;
  forget(name: string): void;
}

/** `forMs`: how long each thing is remembered. */
export function createMemory<T>(forMs: number): Memory<T> {
  const all = new Map<string, { found: T; until: number }>();
  return {
    get(name, at) {
      const kept = all.get(name);
      return kept && kept.until > at ? kept.found : undefined;
    },
    set(name, found, at) {
      // In the order in which they end: what was set again is the last.
      all.delete(name);
      all.set(name, { found, until: at + forMs });
      for (const [each, { until }] of all) {
        if (until > at && all.size <= MOST) break;
        all.delete(each);
      }
    },
    forget: (name) => void all.delete(name),
  };
}

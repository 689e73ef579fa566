/** How long a warm function may rely on its last check that the token of an endpoint is good. */
export const MEMORY_MS = 60_000;

/** The most things remembered, so that a client that keeps opening connections cannot fill a function's memory. */
const MOST = 10_000;

/** What a warm function has looked up, by name. Each thing expires a fixed time after that, however often used. */
export interface Memory<T> {
  get(name: string, at: number): T | undefined;
  /** `at`: epoch ms, taken before the lookup. */
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
      // Keeps the map ordered by expiry: a thing that is set again moves to the end.
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

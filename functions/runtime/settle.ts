/** The result of a settled call. Throws its failure. */
export function resultOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

/** Waits for all calls, then returns every result or throws the first failure: none outlives its invocation. */
export async function settleAll<T extends readonly Promise<unknown>[] | []>(calls: T) {
  await Promise.allSettled(calls);
  return Promise.all(calls);
}

/**
 * Runs `work` for each value, `atOnce` at a time. Returns every result in order, or throws the first failure once all
 * have ended. A failure does not keep the others from their turn; an abort does. `together`: how many start at once,
 * after as many have ended.
 */
export async function settleEach<T, R>(
  values: readonly T[],
  atOnce: number,
  signal: AbortSignal,
  work: (value: T) => Promise<R>,
  together = 1,
): Promise<R[]> {
  const results: Promise<R>[] = [];
  const worker = async () => {
    while (results.length < values.length && !signal.aborted) {
      const begun = values.slice(results.length, results.length + together).map((value) => work(value));
      results.push(...begun);
      await Promise.allSettled(begun);
    }
  };
  await Promise.all(Array.from({ length: atOnce / together }, worker));
  signal.throwIfAborted();
  return settleAll(results);
}

/**
 * Runs `work` for each value, `atOnce` at a time, and returns every result in order. After a failure starts no more,
 * and throws it.
 */
export async function settleInTurn<T, R>(
  values: readonly T[],
  atOnce: number,
  work: (value: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (let first = 0; first < values.length; first += atOnce)
    results.push(...(await settleAll(values.slice(first, first + atOnce).map(work))));
  return results;
}

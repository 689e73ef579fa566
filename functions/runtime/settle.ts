/** What a call gave; throws its failure. */
export function resultOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

/** Waits for all, then gives every result or throws the first failure: no call outlives the invocation that made it. */
export async function settleAll<T extends readonly Promise<unknown>[] | []>(calls: T) {
  await Promise.allSettled(calls);
  return Promise.all(calls);
}

/**
 * Does something for each value, so many at a time, and gives every result in order or throws the first failure once all have ended.
 * A failure does not keep the others from their turn; an abort does. `together`: so many are begun at once, when as many have ended.
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

/** Does something for each value, so many at a time, and gives every result in order. After a failure no more are begun, and it is thrown. */
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

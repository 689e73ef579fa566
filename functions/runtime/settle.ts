/** Waits for all, then gives every result or throws the first failure: no call outlives the invocation that made it. */
export async function settleAll<T>(calls: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(calls);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

/** The same for two calls of different kinds. */
export async function settleBoth<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await settleAll<unknown>([a, b]);
  return [await a, await b];
}

/**
 * Does something for each value, so many at a time, and gives every result in order or throws the first failure once all have ended.
 * A failure does not keep the others from their turn; an abort does.
 */
export async function settleEach<T, R>(
  values: readonly T[],
  atOnce: number,
  signal: AbortSignal,
  work: (value: T) => Promise<R>,
): Promise<R[]> {
  const results: Promise<R>[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < values.length && !signal.aborted; index = next++) {
      results[index] = work(values[index] as T);
      await Promise.allSettled([results[index]]);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
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

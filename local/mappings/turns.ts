import { seededRandom } from '../../client/random.ts';

/**
 * Lets those who wait for a turn go one by one, in an order that the seed draws and not the one in which they came: what
 * relies on one order over all shards fails here as it would on AWS.
 */
export function createTurns(seed: number): () => Promise<void> {
  const random = seededRandom(seed);
  const waiting: (() => void)[] = [];
  function release(): void {
    const [next] = waiting.splice(Math.floor(random() * waiting.length), 1);
    next?.();
    if (waiting.length > 0) setImmediate(release);
  }
  return () =>
    new Promise((resolve) => {
      if (waiting.push(resolve) === 1) setImmediate(release);
    });
}

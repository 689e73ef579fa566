import { seededRandom } from '../../client/random.ts';

/**
 * Gives turns one by one, in an order that depends on the seed and not on who asked first: code that relies on one
 * order across all shards fails here as it would on AWS.
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

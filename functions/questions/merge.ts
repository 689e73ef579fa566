import { type Order, orderBy } from '../records/order.ts';
import { settleAll } from '../runtime/settle.ts';

/** The last received comes first. */
export const newestFirst: Order<{ receivedAt: number }> = orderBy(({ receivedAt }) => -receivedAt);

/**
 * Merges sources that each yield in this order already. Among equals, those of the earlier source come first. Holds one
 * item of each source and asks a source for its next item only after the one before it was taken. Closes all sources
 * when it ends, when the consumer stops early, and when a source fails.
 */
export async function* merge<T>(sources: readonly AsyncIterable<T>[], order: Order<T>): AsyncGenerator<T> {
  const open = sources.map((source) => source[Symbol.asyncIterator]());
  try {
    const firsts = await settleAll(open.map(async (from) => ({ from, ...(await from.next()) })));
    const heads = firsts.filter(({ done }) => !done);
    while (heads.length > 0) {
      const head = heads.reduce((first, other) => (order(other.value, first.value) < 0 ? other : first));
      yield head.value;
      Object.assign(head, await head.from.next());
      if (head.done) heads.splice(heads.indexOf(head), 1);
    }
  } finally {
    // A failure to close one must not hide the reason why all are closed.
    await Promise.allSettled(open.map(async (from) => from.return?.()));
  }
}

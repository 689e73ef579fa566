import { type Order, orderBy } from '../records/order.ts';
import { settleAll } from '../runtime/settle.ts';

/** What was received last comes first. */
export const newestFirst: Order<{ receivedAt: number }> = orderBy(({ receivedAt }) => -receivedAt);

/**
 * Merges what several sources yield, each in this order already; of equals, those of the earlier source come first. Holds one item of
 * each source, asks a source for its next one only after the item before it was taken, and closes all of them when it ends, when the
 * consumer stops early, and when one of them fails.
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
    // A failure to close one must not hide why the others are closed.
    await Promise.allSettled(open.map(async (from) => from.return?.()));
  }
}

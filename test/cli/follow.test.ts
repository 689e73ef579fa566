import fc from 'fast-check';
import { expect, it } from 'vitest';
import { follow, type Happening, LATE_MS } from '../../cli/follow.ts';

const START = Date.UTC(2026, 10, 23, 23, 30);
const HOUR_MS = 3_600_000;

/** Something that happened `after` ms after the start (before it if negative), and became known `late` ms later. */
const happening = fc.record({
  after: fc.integer({ min: -HOUR_MS, max: 2 * HOUR_MS }),
  late: fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: LATE_MS })),
});

/** The indexes of what `follow` yields, beginning `since` ms before the start, when time passes in these steps. */
async function told(
  all: readonly { after: number; late: number }[],
  since: number,
  steps: readonly (number | 'fails')[],
) {
  const happened = all.map(({ after }, index) => ({ id: String(index), at: START + after }));
  const isKnown = ({ id, at }: Happening, now: number) => at + (all[Number(id)]?.late ?? 0) <= now;
  const stop = new AbortController();
  const turns = steps.values();
  let now = START;
  let isDown = false;
  const troubles: unknown[] = [];
  const ids: number[] = [];
  const events = follow({
    async ask({ from, to }) {
      if (isDown) throw new Error('no network');
      return happened.filter((one) => one.at >= from && one.at <= to && isKnown(one, now));
    },
    now: () => now,
    async wait(ms) {
      const step = now < START + 3 * HOUR_MS ? turns.next().value : undefined;
      isDown = step === 'fails';
      now += typeof step === 'number' ? step : ms;
      if (now > START + 4 * HOUR_MS) stop.abort();
    },
    from: START - since,
    signal: stop.signal,
    onTrouble: (error) => troubles.push(error),
  });
  for await (const { id } of events) ids.push(Number(id));
  return { ids, troubles };
}

it('follow yields once, through failures and sleep, what becomes known after its start, even if that is late', async () => {
  const step = fc.oneof(
    fc.constant('fails' as const),
    fc.integer({ min: 5_000, max: 60_000 }),
    fc.integer({ max: HOUR_MS, min: 0 }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(happening, { maxLength: 30 }),
      fc.constantFrom(0, 60_000, HOUR_MS),
      fc.array(step, { maxLength: 40 }),
      async (all, since, steps) => {
        const { ids, troubles } = await told(all, since, steps);
        const isWanted = ({ after, late }: { after: number; late: number }) => after + late > 0 || after >= -since;
        expect(ids.toSorted((a, b) => a - b)).toEqual(all.flatMap((one, index) => (isWanted(one) ? [index] : [])));
        expect(troubles.length).toBeLessThanOrEqual(steps.filter((one) => one === 'fails').length);
      },
    ),
    { numRuns: 50 },
  );
});

it('follow ends with the error of its first query, or with one that onTrouble throws', async () => {
  const options = { now: () => START, wait: async () => {}, from: START, signal: new AbortController().signal };
  const refused = async () => {
    throw new Error('refused');
  };
  await expect(follow({ ...options, ask: refused, onTrouble: () => {} }).next()).rejects.toThrow('refused');
  let polls = 0;
  const ask = async () => (polls++ === 0 ? [] : refused());
  const onTrouble = (error: unknown) => {
    throw error;
  };
  await expect(follow({ ...options, ask, onTrouble }).next()).rejects.toThrow('refused');
});

import { expect, it } from 'vitest';
import { NEW_STATE } from '../../../functions/publisher/state.ts';
import { countPending } from '../../../functions/watch/pending-intents.ts';
import { RECEIVED } from '../support.ts';

const MINUTE = 60_000;

/** What is counted of intents that are pending for so many minutes, when the publisher kept some on purpose so many ago. */
function counted(minutes: readonly number[], keptMinutes?: number) {
  const keptAt = keptMinutes === undefined ? undefined : RECEIVED - keptMinutes * MINUTE;
  return countPending({
    now: () => RECEIVED,
    outbox: {
      async *pendingSince() {
        for (const one of minutes) yield RECEIVED - one * MINUTE;
      },
      remembered: async () => ({ memory: { ...NEW_STATE, keptAt }, unpublished: [] }),
    },
  });
}

it.each<[string, readonly number[], number | undefined, { PendingIntents: number; OldestIntent: number }]>([
  ['none', [], undefined, { PendingIntents: 0, OldestIntent: 0 }],
  [
    'those that nobody looked at are as late as the oldest',
    [12, 3],
    undefined,
    { PendingIntents: 2, OldestIntent: 720 },
  ],
  ['those of a digest that is due in a while are not late', [14, 3], 1, { PendingIntents: 2, OldestIntent: 60 }],
  ['once the publisher is gone they are late, digest or not', [44, 33], 30, { PendingIntents: 2, OldestIntent: 1_800 }],
  ['those since it last kept some are late from their own time', [4, 2], 30, { PendingIntents: 2, OldestIntent: 240 }],
  ['a clock that is behind makes none younger than now', [-1], undefined, { PendingIntents: 1, OldestIntent: 0 }],
])('of pending intents, %s', async (_, minutes, kept, expected) => {
  expect(await counted(minutes, kept)).toEqual(expected);
});

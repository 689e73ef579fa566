import { expect, it } from 'vitest';
import { NEW_STATE } from '../../../functions/publisher/state.ts';
import { countPending } from '../../../functions/watch/pending-intents.ts';
import { RECEIVED } from '../support.ts';

const MINUTE = 60_000;

/** Counts intents pending for `minutes` minutes, if the publisher last kept some on purpose `keptMinutes` ago. */
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
  ['none counts as no delay', [], undefined, { PendingIntents: 0, OldestIntent: 0 }],
  [
    'if the publisher has not looked at them, they are as late as the oldest',
    [12, 3],
    undefined,
    { PendingIntents: 2, OldestIntent: 720 },
  ],
  [
    'those kept for a digest are only as late as the time since they were kept',
    [14, 3],
    1,
    { PendingIntents: 2, OldestIntent: 60 },
  ],
  ['once the publisher is gone they are late, digest or not', [44, 33], 30, { PendingIntents: 2, OldestIntent: 1_800 }],
  [
    'those that came after it last kept some count from their own time',
    [4, 2],
    30,
    { PendingIntents: 2, OldestIntent: 240 },
  ],
  ['an intent dated in the future counts as 0 seconds old', [-1], undefined, { PendingIntents: 1, OldestIntent: 0 }],
])('the delay of pending intents: %s', async (_, minutes, kept, expected) => {
  expect(await counted(minutes, kept)).toEqual(expected);
});

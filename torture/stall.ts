import { setTimeout } from 'node:timers/promises';

/** After so long without anything that moves, nothing is waited for any more, ms. No busy machine is so slow. */
export const STALLED_MS = 5 * 60_000;

const LOOKS_MS = 1_000;

/** Waits for what is at work while `sign` changes now and then. Whether that came to its end; rejects as it does. */
export async function endsBeforeStall(
  work: Promise<unknown>,
  sign: () => unknown,
  stalledMs = STALLED_MS,
): Promise<boolean> {
  let isOver = false;
  const done = work
    .then(() => true)
    .finally(() => {
      isOver = true;
    });
  const look = async (): Promise<boolean> => {
    let [last, since] = [JSON.stringify(sign()), performance.now()];
    while (!isOver) {
      await setTimeout(Math.min(LOOKS_MS, stalledMs / 2));
      const now = JSON.stringify(sign());
      if (now !== last) [last, since] = [now, performance.now()];
      else if (performance.now() >= since + stalledMs) return false;
    }
    return done;
  };
  return Promise.race([done, look()]);
}

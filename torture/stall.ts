import { setTimeout } from 'node:timers/promises';

/** After so long without any movement, the run stops waiting, ms. No busy machine is that slow. */
export const STALLED_MS = 5 * 60_000;

const LOOKS_MS = 1_000;

/** Waits for work as long as `sign` changes now and then. Resolves with whether the work ended; rejects as it does. */
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

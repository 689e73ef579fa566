/**
 * How many notifications may be on their way at a time, over all connections: as many as the machine answers in time.
 */
export interface Pace {
  /** Resolves when there is a place. The returned function gives the place back, once. */
  enter(): Promise<() => void>;
  /** A notification was acknowledged so many ms after it was first sent. */
  answered(ms: number): void;
  /** A notification had to be sent again. */
  late(): void;
}

const FEWEST = 2;

/** How often it checks whether what is behind has caught up, ms. */
const LOOKS_MS = 50;

/** An answer within this shows that the machine can do more, ms. */
const QUICK_MS = 100;

/**
 * Adds a place for each round that was answered quickly, and removes one for each notification that had to be sent
 * again: an overloaded machine would otherwise be sent even more, for each notification that it is late with. Grants
 * none while `isBehind`: then a function that dies delays everything that waits behind its work.
 */
export function createPace(most: number, isBehind: () => boolean): Pace {
  const waiting: (() => void)[] = [];
  let places = Math.min(most, 2 * FEWEST);
  let taken = 0;
  let isLooking = false;
  const fill = () => {
    if (waiting.length > 0 && isBehind()) {
      if (isLooking) return;
      isLooking = true;
      setTimeout(() => {
        isLooking = false;
        fill();
      }, LOOKS_MS);
      return;
    }
    while (taken < Math.floor(places) && waiting.length > 0) {
      taken++;
      waiting.shift()?.();
    }
  };
  return {
    enter: () =>
      new Promise((resolve) => {
        let isGivenBack = false;
        const giveBack = () => {
          if (isGivenBack) return;
          isGivenBack = true;
          taken--;
          fill();
        };
        waiting.push(() => resolve(giveBack));
        fill();
      }),
    answered(ms) {
      if (ms < QUICK_MS) places = Math.min(most, places + 1 / places);
      fill();
    },
    late() {
      places = Math.max(FEWEST, places - 1);
    },
  };
}

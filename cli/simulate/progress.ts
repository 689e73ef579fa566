import { percentile, type Tally } from './tally.ts';

/** Clears the line of a terminal, and goes to its beginning. */
export const CLEAR_LINE = '\r\x1b[2K';

const TERMINAL_MS = 200;
/** Where lines are kept, as in a log of CI, one now and then is enough to see that it goes on. */
const LINES_MS = 10_000;

/** Shows what came of sending so far, in a line of its own on a terminal. Returns what ends it. */
export function showProgress(
  tally: Tally,
  total: number,
  err: (text: string) => void,
  isTerminal: boolean,
): () => void {
  const line = () =>
    [
      `${tally.sent} of ${total} sent`,
      `${tally.acknowledged} acknowledged`,
      `${tally.sent - tally.acknowledged} outstanding`,
      `${tally.failedJobs} failed jobs`,
      `p50 ${percentile(tally.times, 50)} ms`,
    ].join('  ');
  const timer = setInterval(
    () => err(isTerminal ? `${CLEAR_LINE}${line()}` : `${line()}\n`),
    isTerminal ? TERMINAL_MS : LINES_MS,
  );
  return () => {
    clearInterval(timer);
    if (isTerminal) err(CLEAR_LINE);
  };
}

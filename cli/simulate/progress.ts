import { percentile, type Tally } from './tally.ts';

/** Clears the line of a terminal and goes to its beginning. */
export const CLEAR_LINE = '\r\x1b[2K';

const TERMINAL_MS = 200;
/** In a log, such as that of CI, a line now and then is enough to see progress. */
const LINES_MS = 10_000;

/** Shows the results of sending so far, on a line of its own on a terminal. Returns a function that ends this. */
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

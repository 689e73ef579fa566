import type { Part } from '../part.ts';
import { type DrainFigures, measureDrain } from './measure.ts';
import { plots } from './plots.ts';
import { report } from './report.ts';

export const drain: Part<DrainFigures> = {
  name: 'drain',
  about: 'facts per second from ledger to record to message, and the delay of one while others come',
  measure({ pace: { rounds, quick }, folder: _, ...ground }) {
    const size = quick
      ? { backlog: 50, shares: [0.5], seconds: 2 }
      : { backlog: 2_000, shares: [0.25, 0.5, 0.75], seconds: 15 };
    return measureDrain(ground, { rounds, ...size });
  },
  report,
  plots,
};

import type { Part } from '../part.ts';
import { type ColdFigures, measureCold } from './measure.ts';
import { plots } from './plots.ts';
import { report } from './report.ts';

const STARTS_IN_ROUND = 7;

export const cold: Part<ColdFigures> = {
  name: 'cold',
  about: 'the time from the start of a process to its first acknowledgement or batch, and sizes of bundles',
  measure({ assembly, folder, pace: { rounds, quick }, progress }) {
    return measureCold(assembly, { folder, rounds, startsInRound: quick ? 1 : STARTS_IN_ROUND, progress });
  },
  report,
  plots,
};

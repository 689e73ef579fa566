import type { Part } from '../part.ts';
import { type CostFigures, measureCost } from './measure.ts';
import { plots } from './plots.ts';
import { report } from './report.ts';

export const cost: Part<CostFigures> = {
  name: 'cost',
  about: 'what AWS bills for a notification, an idle primary server and the stack, by part and index',
  measure: measureCost,
  report,
  plots,
};

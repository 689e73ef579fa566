import * as v from 'valibot';
import { days, nonEmpty } from '../runtime/environment.ts';

/** The environment of `projection`; the stack sets exactly these variables. */
export const projectionEnvironment = v.object({
  LEDGER_TABLE: nonEmpty,
  RECORDS_TABLE: nonEmpty,
  /** How many days the record of a deleted image is kept. */
  IMAGE_RECORD_DAYS: days,
});

/** The variables that the stack must set, as text. */
export type ProjectionVariables = Record<keyof v.InferOutput<typeof projectionEnvironment>, string>;

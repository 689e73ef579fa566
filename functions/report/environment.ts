import * as v from 'valibot';
import { zone } from '../alerts/alert-settings.ts';
import { nonEmpty, wholeNumber } from '../runtime/environment.ts';

/** The environment of `report`; the stack sets exactly these variables. */
export const reportEnvironment = v.object({
  LEDGER_TABLE: nonEmpty,
  RECORDS_TABLE: nonEmpty,
  REGISTRY_TABLE: nonEmpty,
  REPORT_BUCKET: nonEmpty,
  ZONE: zone,
  /** 0 to 23 in ZONE. */
  REPORT_HOUR: wholeNumber,
  /** A deleted image is young below this percentage of the usual age. */
  YOUNG_PERCENT: wholeNumber,
});

/** The variables that the stack must set, as text. */
export type ReportVariables = Record<keyof v.InferOutput<typeof reportEnvironment>, string>;

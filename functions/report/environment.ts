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
  /** Below how many percent of the usual age a deleted image is young. */
  YOUNG_PERCENT: wholeNumber,
});

/** What the stack must set, as text. */
export type ReportVariables = Record<keyof v.InferOutput<typeof reportEnvironment>, string>;

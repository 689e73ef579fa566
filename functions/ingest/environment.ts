import * as v from 'valibot';
import { ACKNOWLEDGEMENT_PAYLOADS } from '../nbwss/envelope.ts';
import { cidrs, days, nonEmpty, wholeNumber } from '../runtime/environment.ts';

/** The environment of `ingest`; the stack sets exactly these variables. */
export const ingestEnvironment = v.object({
  LEDGER_TABLE: nonEmpty,
  REGISTRY_TABLE: nonEmpty,
  /** The endpoint for `@connections` calls. The AWS SDK reads it itself. */
  AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: nonEmpty,
  /** ms after the gateway's request time; later than that, nothing is answered. */
  DEADLINE_MS: wholeNumber,
  ACKNOWLEDGEMENT_PAYLOAD: v.picklist(ACKNOWLEDGEMENT_PAYLOADS),
  /** Address ranges that may connect, separated by commas, or `all`. */
  ALLOWED_CIDRS: cidrs,
  JOB_FACT_DAYS: days,
  IMAGE_FACT_DAYS: days,
});

/** The variables that the stack must set, as text. */
export type IngestVariables = Record<keyof v.InferOutput<typeof ingestEnvironment>, string>;

import * as v from 'valibot';
import { nonEmpty } from '../runtime/environment.ts';

/** The environment of `publisher`; the stack sets exactly these variables. */
export const publisherEnvironment = v.object({
  RECORDS_TABLE: nonEmpty,
  ALERTS_TOPIC_ARN: nonEmpty,
});

/** What the stack must set, as text. */
export type PublisherVariables = Record<keyof v.InferOutput<typeof publisherEnvironment>, string>;

import * as v from 'valibot';
import { nonEmpty, wholeNumber } from '../runtime/environment.ts';

/** The environment of `probe`; the stack sets exactly these variables. */
export const probeEnvironment = v.object({
  REGISTRY_TABLE: nonEmpty,
  /** What primary servers connect to. */
  ENDPOINT_URL: nonEmpty,
  /** The queue that gets what is published of the canary. */
  QUEUE_URL: nonEmpty,
  /** ms from the beginning within which all must be seen. */
  DEADLINE_MS: wholeNumber,
});

/** What the stack must set, as text. */
export type ProbeVariables = Record<keyof v.InferOutput<typeof probeEnvironment>, string>;

import * as v from 'valibot';
import { nonEmpty, wholeNumber } from '../runtime/environment.ts';

/** The environment of `probe`; the stack sets exactly these variables. */
export const probeEnvironment = v.object({
  REGISTRY_TABLE: nonEmpty,
  /** The URL that primary servers connect to. */
  ENDPOINT_URL: nonEmpty,
  /** The queue that gets the messages of the canary. */
  QUEUE_URL: nonEmpty,
  /** Within how many ms of its start the probe must have seen both alerts. */
  DEADLINE_MS: wholeNumber,
});

/** The variables that the stack must set, as text. */
export type ProbeVariables = Record<keyof v.InferOutput<typeof probeEnvironment>, string>;

import * as v from 'valibot';
import { nonEmpty } from '../runtime/environment.ts';

/** The environment of `watch`; the stack sets exactly these variables. */
export const watchEnvironment = v.object({
  REGISTRY_TABLE: nonEmpty,
  /** Where `@connections` is called: read by the AWS SDK itself. */
  AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: nonEmpty,
});

/** What the stack must set, as text. */
export type WatchVariables = Record<keyof v.InferOutput<typeof watchEnvironment>, string>;

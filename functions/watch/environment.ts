import * as v from 'valibot';
import { alertSettingsText } from '../alerts/alert-settings.ts';
import { nonEmpty } from '../runtime/environment.ts';
import { thresholdsText } from './thresholds.ts';

const subscribers = v.pipe(v.string(), v.parseJson(), v.array(nonEmpty));

/** The environment of `watch`; the stack sets exactly these variables. */
export const watchEnvironment = v.object({
  REGISTRY_TABLE: nonEmpty,
  RECORDS_TABLE: nonEmpty,
  LEDGER_TABLE: nonEmpty,
  /** The bucket where Lambda puts stream records that it gives up, path style. */
  GIVEN_UP_URL: nonEmpty,
  /** The URL that primary servers connect to. */
  ENDPOINT_URL: nonEmpty,
  ALERTS_TOPIC_ARN: nonEmpty,
  CHAT_TOPIC_ARN: nonEmpty,
  OPERATIONS_TOPIC_ARN: nonEmpty,
  ALERT_SETTINGS: alertSettingsText,
  THRESHOLDS: thresholdsText,
  /**
   * Whom the settings subscribe to each topic, as subscriber.ts names them, in JSON. SNS lists only subscriptions that
   * exist.
   */
  ALERT_SUBSCRIBERS: subscribers,
  CHAT_SUBSCRIBERS: subscribers,
  OPERATIONS_SUBSCRIBERS: subscribers,
  /** The URL of `@connections`; the AWS SDK itself reads this. */
  AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: nonEmpty,
});

/** The variables that the stack must set, as text. */
export type WatchVariables = Record<keyof v.InferOutput<typeof watchEnvironment>, string>;

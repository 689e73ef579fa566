import * as v from 'valibot';
import { alertSettingsText } from '../alerts/alert-settings.ts';
import { nonEmpty } from '../runtime/environment.ts';

/** The environment of `publisher`; the stack sets exactly these variables. */
export const publisherEnvironment = v.object({
  RECORDS_TABLE: nonEmpty,
  /** The table of silences. */
  REGISTRY_TABLE: nonEmpty,
  ALERTS_TOPIC_ARN: nonEmpty,
  CHAT_TOPIC_ARN: nonEmpty,
  /** `none`, read as undefined, where the stack has no probe. */
  PROBE_TOPIC_ARN: v.pipe(
    nonEmpty,
    v.transform((arn) => (arn === 'none' ? undefined : arn)),
  ),
  ALERT_SETTINGS: alertSettingsText,
});

/** The variables that the stack must set, as text. */
export type PublisherVariables = Record<keyof v.InferOutput<typeof publisherEnvironment>, string>;

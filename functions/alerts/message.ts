import { renderAttributes, type SnsAttributes } from './attributes.ts';
import { machineText } from './machine-form.ts';
import type { TopicName } from './outbox.ts';
import type { Severity } from './severity.ts';
import { renderSlackCard } from './slack-card.ts';
import { asSubject } from './subject.ts';
import { renderText } from './text.ts';

export { renderText } from './text.ts';

/** What people are told, in every form it may take. A new kind of alert is a new function that makes one of these. */
export interface Alert {
  kind: string;
  /** `summary` is for what comes each day, the daily summary and the report: a subscription takes it or not, whatever else it takes. */
  severity: Severity | 'summary';
  /** One line, useful on a phone. */
  subject: string;
  headline: string;
  /** Label and value, in the order a reader wants them; empty values are left out. */
  facts: Readonly<Record<string, string>>;
  /** What comes after the facts: lists that need a title. */
  sections?: readonly { title: string; lines: readonly string[] }[];
  nextSteps: readonly string[];
  /** What belongs together: failures of a series and its recovery share it, as a Slack thread and as the key of an incident. */
  dedupKey: string;
  /** Of several messages that are one, the first is 1. */
  part: number;
  parts: number;
  /**
   * What subscriptions can filter by, beside kind, severity and part. A list is matched by any of its values; one that has an empty
   * value is left out. At most seven: SNS delivers no more than ten raw to a queue.
   */
  attributes: Readonly<Record<string, string | number | readonly (string | number)[]>>;
  /** The machine form's own part. */
  data: Readonly<Record<string, unknown>>;
}

/** The parameters of an SNS Publish, but for the topic. */
export interface SnsMessage {
  Subject: string;
  MessageStructure: 'json';
  Message: string;
  MessageAttributes: SnsAttributes;
}

/** The version of the machine form. A reader may rely on every field of a version. */
const MACHINE_VERSION = 1;

/**
 * Renders an alert under its id, in the forms of the topics that it goes to (message-for.ts): email as text, for the chat `https` as a Slack
 * card, text messages as the subject. Whatever is no person gets the default: JSON by `docs/alert.schema.json`.
 */
export function renderMessage(id: string, alert: Alert, topics: readonly TopicName[]): SnsMessage {
  const subject = asSubject(alert.subject);
  return {
    Subject: subject,
    MessageStructure: 'json',
    Message: JSON.stringify({
      default: machineForm(id, alert),
      email: renderText(alert, id),
      // The whole is paid for each time that the message is written.
      ...(topics.includes('chat') && { https: JSON.stringify(renderSlackCard(id, alert)) }),
      sms: subject,
    }),
    MessageAttributes: renderAttributes(alert),
  };
}

function machineForm(id: string, { kind, severity, dedupKey, part, parts, data }: Alert): string {
  return machineText({ version: MACHINE_VERSION, id, kind, severity, dedupKey, part, parts, ...data });
}

import { renderAttributes, type SnsAttributes } from './attributes.ts';
import { machineText } from './machine-form.ts';
import type { TopicName } from './outbox.ts';
import type { Severity } from './severity.ts';
import { renderSlackCard } from './slack-card.ts';
import { asSubject } from './subject.ts';
import { renderText } from './text.ts';

export { renderText } from './text.ts';

/** An alert, with what each of its forms needs. A new kind of alert is a new function that makes one of these. */
export interface Alert {
  kind: string;
  /**
   * `summary` is for what comes each day, the daily summary and the report. A subscription takes it or not,
   * independently of the rest.
   */
  severity: Severity | 'summary';
  /** One line, useful on a phone. */
  subject: string;
  headline: string;
  /** Label and value, in the order a reader wants them; empty values are left out. */
  facts: Readonly<Record<string, string>>;
  /** Lists that need a title, after the facts. */
  sections?: readonly { title: string; lines: readonly string[] }[];
  nextSteps: readonly string[];
  /**
   * Shared by what belongs together, such as the failures of a series and their recovery: a Slack thread, and the key
   * of an incident.
   */
  dedupKey: string;
  /** Which of `parts` messages that belong together this is; the first is 1. */
  part: number;
  parts: number;
  /**
   * What subscriptions can filter by, beside kind, severity and part. Any value of a list matches; a list with an empty
   * value is left out. At most seven: SNS delivers no more than ten raw to a queue.
   */
  attributes: Readonly<Record<string, string | number | readonly (string | number)[]>>;
  /** The machine form's own part. */
  data: Readonly<Record<string, unknown>>;
}

/** The parameters of an SNS Publish, except the topic. */
export interface SnsMessage {
  Subject: string;
  MessageStructure: 'json';
  Message: string;
  MessageAttributes: SnsAttributes;
}

/** The version of the machine form. A reader may rely on every field of a version. */
const MACHINE_VERSION = 1;

/**
 * Renders an alert under its id, in the forms of the topics that it goes to (message-for.ts): email as text, `https`
 * for the chat as a Slack card, text messages as the subject. Everything that is not a person gets the default: JSON by
 * `docs/alert.schema.json`.
 */
export function renderMessage(id: string, alert: Alert, topics: readonly TopicName[]): SnsMessage {
  const subject = asSubject(alert.subject);
  return {
    Subject: subject,
    MessageStructure: 'json',
    Message: JSON.stringify({
      default: machineForm(id, alert),
      email: renderText(alert, id),
      // Only for the chat: each write of the message is billed by its whole size.
      ...(topics.includes('chat') && { https: JSON.stringify(renderSlackCard(id, alert)) }),
      sms: subject,
    }),
    MessageAttributes: renderAttributes(alert),
  };
}

function machineForm(id: string, { kind, severity, dedupKey, part, parts, data }: Alert): string {
  return machineText({ version: MACHINE_VERSION, id, kind, severity, dedupKey, part, parts, ...data });
}

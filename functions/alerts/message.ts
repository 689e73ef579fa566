/** How bad it is. Subscriptions filter by it. */
export type Severity = 'information' | 'warning' | 'error' | 'critical';

/** What people are told, in every form it may take. A new kind of alert is a new function that makes one of these. */
export interface Alert {
  kind: string;
  severity: Severity;
  /** One line, useful on a phone. */
  subject: string;
  headline: string;
  /** Label and value, in the order a reader wants them; empty values are left out. */
  facts: Readonly<Record<string, string>>;
  nextSteps: readonly string[];
  /** What subscriptions can filter by; empty values are left out. */
  attributes: Readonly<Record<string, string | number>>;
  /** The machine form's own part. */
  data: Readonly<Record<string, unknown>>;
}

/** The parameters of an SNS Publish, but for the topic. */
export interface SnsMessage {
  Subject: string;
  MessageStructure: 'json';
  Message: string;
  MessageAttributes: Record<string, { DataType: 'String' | 'Number'; StringValue: string }>;
}

/** The version of the machine form. A reader may rely on every field of a version. */
const MACHINE_VERSION = 1;

/** SNS takes fewer than 100 characters of ASCII without line breaks (Amazon SNS API Reference, Publish, Subject). */
const SUBJECT_LIMIT = 99;

/** Renders an alert under its id: email as text, `https` as a Slack card, queues and functions as JSON. */
export function renderMessage(id: string, alert: Alert): SnsMessage {
  const text = renderText(alert);
  const machine = JSON.stringify({
    version: MACHINE_VERSION,
    id,
    kind: alert.kind,
    severity: alert.severity,
    ...alert.data,
  });
  return {
    Subject: asSubject(alert.subject),
    MessageStructure: 'json',
    Message: JSON.stringify({
      default: text,
      email: text,
      https: JSON.stringify(renderSlackCard(id, alert)),
      sqs: machine,
      lambda: machine,
    }),
    MessageAttributes: renderAttributes({ ...alert.attributes, severity: alert.severity }),
  };
}

/** The text of an email: the headline, the facts, what to do. */
export function renderText({ headline, facts, nextSteps }: Alert): string {
  const shown = Object.entries(facts).filter(([, value]) => value !== '');
  const width = Math.max(...shown.map(([label]) => label.length)) + 1;
  const lines = shown.map(([label, value]) => `  ${`${label}:`.padEnd(width)} ${value}`);
  return [headline, '', ...lines, '', 'What to do next', ...nextSteps.map((step) => `  - ${step}`), ''].join('\n');
}

/**
 * A card for Slack by way of Amazon Q Developer in chat applications, which shows only its own custom notification schema
 * (Amazon Q Developer in chat applications Administrator Guide, "Custom notifications").
 */
function renderSlackCard(id: string, { headline, subject, facts, nextSteps, kind }: Alert): object {
  const shown = Object.entries(facts).filter(([, value]) => value !== '');
  const description = [headline, '', ...shown.map(([label, value]) => `*${label}:* ${value}`)].join('\n');
  return {
    version: '1.0',
    source: 'custom',
    id,
    content: { textType: 'client-markdown', title: subject, description, nextSteps },
    metadata: { threadId: id, eventType: kind },
  };
}

function asSubject(text: string): string {
  const ascii = text.replace(/[^\x20-\x7E]/g, '?').trimStart();
  return ascii.length <= SUBJECT_LIMIT ? ascii : `${ascii.slice(0, SUBJECT_LIMIT - 3)}...`;
}

function renderAttributes(attributes: Alert['attributes']): SnsMessage['MessageAttributes'] {
  // SNS refuses an empty attribute, and a restore has no policy.
  const given = Object.entries(attributes).filter(([, value]) => value !== '');
  return Object.fromEntries(
    given.map(([name, value]) => [
      name,
      { DataType: typeof value === 'number' ? 'Number' : 'String', StringValue: String(value) },
    ]),
  );
}

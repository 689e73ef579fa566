import type { AlertSettings } from '../functions/alerts/alert-settings.ts';
import { SEVERITIES } from '../functions/alerts/severity.ts';
import { subscriberOf } from '../functions/watch/subscriber.ts';
import { tableNameOf } from './adoption.ts';
import type { Settings } from './settings.ts';
import { subscriptionsOf } from './subscriptions.ts';

type Alerting = Pick<
  Settings,
  | 'emails'
  | 'subscriptions'
  | 'zone'
  | 'severities'
  | 'alertSingles'
  | 'alertsPerHour'
  | 'summaryHour'
  | 'chatMinSeverity'
  | 'operationsEmails'
>;

/** What is named in the environment of functions as the settings name it. */
type Named = Pick<Settings, 'adoptLedger' | 'adoptRecords' | 'adoptRegistry' | 'domainName'>;

/** What functions need to know of the settings to decide who is told what and when. */
export function alertSettingsOf(settings: Alerting): AlertSettings {
  return {
    zone: settings.zone,
    severities: settings.severities,
    mailFrom: mailFrom(settings),
    chatFrom: settings.chatMinSeverity,
    budget: { singles: settings.alertSingles, perHour: settings.alertsPerHour },
    summaryHour: settings.summaryHour,
  };
}

/** Whom the settings subscribe to alerts: those that `watch` looks for. */
export function subscribersOf(settings: Pick<Settings, 'emails' | 'subscriptions'>): string[] {
  return subscriptionsOf(settings).map(({ protocol, endpoint }) => subscriberOf(protocol, endpoint));
}

/** Whom the settings subscribe to what operations are told. */
export function operatorsOf({ operationsEmails }: Pick<Settings, 'operationsEmails'>): string[] {
  return operationsEmails.map((address) => subscriberOf('email', address));
}

/** Whom the settings subscribe to the chat: AWS Chatbot subscribes by itself, to a URL of its own. */
export function chatSubscribersOf({ slackChannelId }: Pick<Settings, 'slackChannelId'>): string[] {
  return slackChannelId === '' ? [] : ['https'];
}

/** From which severity on anybody is mailed. Where the settings name nobody, somebody may have subscribed by hand. */
function mailFrom(settings: Alerting): AlertSettings['mailFrom'] {
  const asked = subscriptionsOf(settings)
    .filter(({ protocol }) => protocol === 'email')
    .map(({ minSeverity }) => minSeverity);
  return SEVERITIES.find((severity) => asked.includes(severity)) ?? 'error';
}

/** Lambda takes 4 KB for all variables of a function together, and counts them as one JSON object: each quote in a text is two bytes. */
const ENVIRONMENT_BYTES = 4_096;

/** What `Watch`, which has the most, needs for all else at most: URLs, topics, thresholds, and tables of the stack's own. */
const OTHERS_BYTES = 1_200;

/** What the names take that settings give. They count beside those that they stand for: too much rather than too little. */
function bytesOfNames({ adoptLedger, adoptRecords, adoptRegistry, domainName }: Named): number {
  return [...[adoptLedger, adoptRecords, adoptRegistry].map(tableNameOf), domainName].join('').length;
}

/** Why the settings do not fit into the environment of a function, if they do not. */
export function environmentFaults(settings: Alerting & Named): string[] {
  const texts = [alertSettingsOf(settings), subscribersOf(settings), operatorsOf(settings)].map((one) =>
    JSON.stringify(one),
  );
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(JSON.stringify(text)), 0);
  const room = ENVIRONMENT_BYTES - OTHERS_BYTES - bytesOfNames(settings);
  if (bytes <= room) return [];
  return [
    `nbwatch:severities and the endpoints of nbwatch:emails, nbwatch:operationsEmails and nbwatch:subscriptions have ${bytes} bytes together; Lambda leaves room for ${room}. Merge overrides, mail lists instead of single addresses, or subscribe programs by hand`,
  ];
}

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

/** Settings that give names which go into the environment of functions. */
type Named = Pick<Settings, 'adoptLedger' | 'adoptRecords' | 'adoptRegistry' | 'domainName'>;

/** The settings from which functions decide who gets which alerts and when. */
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

/** The subscribers to alerts in the settings, which `watch` looks for. */
export function subscribersOf(settings: Pick<Settings, 'emails' | 'subscriptions'>): string[] {
  return subscriptionsOf(settings).map(({ protocol, endpoint }) => subscriberOf(protocol, endpoint));
}

/** The subscribers to operations in the settings. */
export function operatorsOf({ operationsEmails }: Pick<Settings, 'operationsEmails'>): string[] {
  return operationsEmails.map((address) => subscriberOf('email', address));
}

/** The subscribers to the chat in the settings: AWS Chatbot subscribes itself, with a URL of its own. */
export function chatSubscribersOf({ slackChannelId }: Pick<Settings, 'slackChannelId'>): string[] {
  return slackChannelId === '' ? [] : ['https'];
}

/** The least severity that anybody gets by mail. If the settings name nobody, somebody may have subscribed by hand. */
function mailFrom(settings: Alerting): AlertSettings['mailFrom'] {
  const asked = subscriptionsOf(settings)
    .filter(({ protocol }) => protocol === 'email')
    .map(({ minSeverity }) => minSeverity);
  return SEVERITIES.find((severity) => asked.includes(severity)) ?? 'error';
}

/**
 * Lambda takes 4 KB for all variables of a function together, counted as one JSON object: each quote in a text takes
 * two bytes.
 */
const ENVIRONMENT_BYTES = 4_096;

/**
 * The most that `Watch`, which has the most variables, needs for the rest: URLs, topics, thresholds, and the stack's
 * own tables.
 */
const OTHERS_BYTES = 1_200;

/** The bytes of names in the settings. The names that they replace are counted too: too much rather than too little. */
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

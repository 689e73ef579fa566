import type { AlertSettings } from '../functions/alerts/alert-settings.ts';
import { SEVERITIES } from '../functions/alerts/severity.ts';
import { subscriberOf } from '../functions/watch/subscriber.ts';
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

/** Lambda takes 4 KB for all variables of a function together; names, ARNs and table names need the rest. */
const ENVIRONMENT_BYTES = 2_800;

/** Why the settings do not fit into the environment of a function, if they do not. */
export function environmentFaults(settings: Alerting): string[] {
  const text = JSON.stringify([alertSettingsOf(settings), subscribersOf(settings), operatorsOf(settings)]);
  const bytes = Buffer.byteLength(text);
  if (bytes <= ENVIRONMENT_BYTES) return [];
  return [
    `nbwatch:severities and the endpoints of nbwatch:emails, nbwatch:operationsEmails and nbwatch:subscriptions have ${bytes} bytes together; Lambda leaves room for ${ENVIRONMENT_BYTES}. Merge overrides, mail lists instead of single addresses, or subscribe programs by hand`,
  ];
}

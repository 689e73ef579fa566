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
  | 'slackChannelId'
>;

/** What functions need to know of the settings to decide who is told what and when. */
export function alertSettingsOf(settings: Alerting): AlertSettings {
  return {
    zone: settings.zone,
    severities: settings.severities,
    peopleFrom: peopleFrom(settings),
    chatFrom: settings.chatMinSeverity,
    budget: { singles: settings.alertSingles, perHour: settings.alertsPerHour },
    summaryHour: settings.summaryHour,
  };
}

/** Whom the settings subscribe to alerts: those that `watch` looks for. */
export function subscribersOf(settings: Pick<Settings, 'emails' | 'subscriptions'>): string[] {
  return subscriptionsOf(settings).map(({ protocol, endpoint }) => subscriberOf(protocol, endpoint));
}

/** People are those who are mailed, and those who read the chat, which somebody may have subscribed by hand. */
function peopleFrom(settings: Alerting): AlertSettings['peopleFrom'] {
  const asked = new Set(
    subscriptionsOf(settings)
      .filter(({ protocol }) => protocol === 'email')
      .map(({ minSeverity }) => minSeverity),
  );
  asked.add(settings.chatMinSeverity);
  return SEVERITIES.find((severity) => asked.has(severity)) ?? 'error';
}

/** Lambda takes 4 KB for all variables of a function together; names, ARNs and table names need the rest. */
const ENVIRONMENT_BYTES = 2_800;

/** Why the settings do not fit into the environment of a function, if they do not. */
export function environmentFaults(settings: Alerting): string[] {
  const text = JSON.stringify(alertSettingsOf(settings)) + JSON.stringify(subscribersOf(settings));
  const bytes = Buffer.byteLength(text);
  if (bytes <= ENVIRONMENT_BYTES) return [];
  return [
    `nbwatch:severities and the endpoints of nbwatch:emails and nbwatch:subscriptions have ${bytes} bytes together; Lambda leaves room for ${ENVIRONMENT_BYTES}. Merge overrides, mail lists instead of single addresses, or subscribe programs by hand`,
  ];
}

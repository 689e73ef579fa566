import { alertOf } from '../../../functions/alerts/alert-of.ts';
import { type AlertSettings, DEFAULT_ALERT_SETTINGS } from '../../../functions/alerts/alert-settings.ts';
import { type Intent, readIntent } from '../../../functions/alerts/intent.ts';
import type { Alert } from '../../../functions/alerts/message.ts';
import type { TopicName } from '../../../functions/alerts/outbox.ts';
import type { Planned } from '../../../functions/publisher/draft.ts';
import { plan } from '../../../functions/publisher/plan.ts';
import { NEW_STATE, type PublisherState } from '../../../functions/publisher/state.ts';
import { RECEIVED } from '../support.ts';
import { nameOf } from './intents.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** A message, and when it was sent. The publisher runs every minute and at each arrival, as in the stack. */
export interface Sent extends Planned {
  at: number;
  severity: Alert['severity'];
}

/** Runs the publisher over arrivals until `until` (ms after RECEIVED), or until nothing is pending. */
export function simulate(
  arrivals: readonly Intent[],
  settings: AlertSettings = DEFAULT_ALERT_SETTINGS,
  until = 6 * HOUR,
): Sent[] {
  const queue = [...arrivals].sort((a, b) => a.receivedAt - b.receivedAt);
  const sent: Sent[] = [];
  let waiting: Intent[] = [];
  let state: PublisherState = NEW_STATE;
  for (let tick = RECEIVED; tick <= RECEIVED + until && (queue.length > 0 || waiting.length > 0); tick += MINUTE) {
    const wakes = new Set([tick]);
    for (const { receivedAt } of queue) {
      if (receivedAt >= tick + MINUTE) break;
      wakes.add(receivedAt);
    }
    for (const now of [...wakes].sort((a, b) => a - b)) {
      while (queue[0] && queue[0].receivedAt <= now) waiting.push(queue.shift() as Intent);
      const { messages, state: after } = plan(waiting, [], state, now, settings);
      for (const message of messages) {
        const { severity } = alertOf(message.content, settings);
        sent.push({ ...message, severity, at: now });
      }
      const told = new Set(messages.flatMap(({ members }) => members.map(nameOf)));
      waiting = waiting.filter((intent) => !told.has(nameOf(intent)));
      state = JSON.parse(JSON.stringify(after));
    }
  }
  return sent;
}

export const toPeople = (sent: readonly Sent[]) => sent.filter(({ people }) => people.length > 0);
export const kinds = (sent: readonly Sent[]) => sent.map(({ content }) => content.kind);
export const names = (sent: readonly Sent[]) => sent.flatMap(({ members }) => members.map(nameOf)).sort();
export const alone = (jobId: number, other: object = {}) => ({ jobId, parentJobId: jobId, ...other });

export const isAlarm = ({ content }: Sent) => content.kind === 'ImagesDeleted';
export const noAlarms = (sent: readonly Sent[]) => sent.filter((one) => !isAlarm(one));

/** The most messages to people in any hour: of those that were mailed, or of those for the chat alone. */
export function busiestHour(sent: readonly Sent[]): number {
  // The chat gets what is mailed in any case.
  const most = (isOne: (message: Sent) => boolean) => {
    const times = sent.filter(isOne).map(({ at }) => at);
    return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + HOUR).length));
  };
  const isMailed = ({ people }: Sent) => people.includes('alerts');
  return Math.max(
    most(isMailed),
    most((one) => one.people.length > 0 && !isMailed(one)),
  );
}

/** The longest that a failure waited until people were alerted. */
export function longestWait(sent: readonly Sent[]): number {
  const waits = toPeople(sent).flatMap(({ at, content, members }) => {
    const told = 'whole' in content ? content.whole.failures : members.filter(({ kind }) => kind === 'JobFailed');
    return told.map(({ receivedAt }) => at - receivedAt);
  });
  return Math.max(0, ...waits);
}

/** A notice of a primary of its own. */
export function notice(kind: 'Quarantined' | 'BackupOverdue' | 'FeedLost', index: number, at: number): Intent {
  const backup = {
    client: 'c',
    policy: 'p',
    rule: 'declared',
    lastUsableAt: 0,
    since: 1,
    limit: 1,
    openedAt: 1,
    reminder: 0,
  };
  const content = {
    Quarantined: { endpoint: 'e', reason: 'r', requestId: 'r' },
    BackupOverdue: { backups: [backup], leftOut: 0, overdueGaps: 2, overdueHours: 26 },
    FeedLost: { endpoint: 'e', lostFrom: at, afterMinutes: 15, reminder: 0 },
  }[kind];
  const place = { pk: `notice#${index}`, sk: `intent#${kind}#p${index}`, primary: `p${index}` };
  return readIntent({ ...place, kind, receivedAt: at, pendingSince: at, ...content });
}

export const BOTH: readonly TopicName[] = ['alerts', 'chat'];

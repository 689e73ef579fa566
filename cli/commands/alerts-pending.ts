import type { Intent } from '../../functions/alerts/intent.ts';
import { createOutbox } from '../../functions/alerts/outbox.ts';
import { counted } from '../../functions/alerts/words.ts';
import { forecast } from '../../functions/publisher/forecast.ts';
import { readState } from '../../functions/publisher/state.ts';
import { type Message, messagesUnsent } from '../../functions/questions/messages.ts';
import { type Waiting, waitingIntents } from '../../functions/questions/waiting.ts';
import { activeUntil, isActive, type Silence } from '../../functions/silences/silence.ts';
import { showTime } from '../output.ts';
import type { Session } from '../session.ts';
import { type Columns, sentence } from '../table.ts';

/** What was not sent yet: an intent, or a message that was composed of several and stored. */
export interface Pending {
  kind: string;
  /** Absent if it concerns no primary, or several. */
  primary?: string;
  what: string;
  /** Since when it has been waiting, epoch ms. */
  since: number;
  /** Until when it waits if nothing else comes, epoch ms; absent if that is not known. */
  until?: number;
  why: string;
  /** The id of the silence that holds it back, or of the message. */
  silence?: string;
  message?: string;
}

/** Everything that is waiting: stored messages, then intents that are in no message. */
export async function* pending({ tables, target, now }: Session): AsyncGenerator<Pending> {
  for (const message of await messagesUnsent(tables, now)) yield unsentRow(message);
  const waiting = await Array.fromAsync(waitingIntents(tables, now));
  const settings = target.outputs.AlertSettings;
  const { memory } = await createOutbox(tables.client, tables.records).remembered();
  const ofTurn = waiting.flatMap(({ intent, silence }) => (intent && !silence ? [intent] : []));
  const sendAt = settings && forecast(ofTurn, readState(memory), now, settings);
  for (const one of waiting) yield waitingRow(one, one.intent && sendAt?.get(one.intent), now);
}

function unsentRow({ id, kind, subject, members, writtenAt, snsMessageIds }: Message): Pending {
  const isForChat = snsMessageIds.alerts !== undefined;
  return {
    ...{ kind, what: `${subject} (reports ${counted(members.length, 'event')})`, since: writtenAt, message: id },
    why: isForChat ? 'SNS has not accepted it for chat' : 'SNS has not accepted it',
  };
}

const UNREADABLE = 'this version of nbwatch cannot read it: update nbwatch if a later version wrote it';

/** `sendAt`: when its turn comes, epoch ms; undefined if that is not known. */
function waitingRow(
  { place, kind, since, intent, silence }: Waiting,
  sendAt: number | undefined,
  now: number,
): Pending {
  if (!intent) return { kind, what: `${place.pk} ${place.sk}`, since, why: UNREADABLE };
  const until = silence ? activeUntil(silence, now) : sendAt;
  return {
    kind,
    ...('primary' in intent && { primary: intent.primary }),
    ...{ what: whatOf(intent), since, ...(until !== undefined && { until }) },
    ...(silence ? { why: heldBy(silence, now), silence: silence.id } : { why: 'waits for its turn' }),
  };
}

function heldBy(silence: Silence, now: number): string {
  const why = `held back by silence ${silence.id}`;
  if (!isActive(silence, now)) return `${why}, which is over: sent as soon as the hourly budget allows`;
  return activeUntil(silence, now) === undefined ? `${why}, for good` : why;
}

function whatOf(intent: Intent): string {
  switch (intent.kind) {
    case 'JobFailed': {
      const { jobType, jobId, clientName, policyName, status } = intent.entry;
      return `${jobType} ${jobId} of ${[clientName, policyName].filter(Boolean).join(', ')}: status ${status}`;
    }
    case 'JobRecovered':
      return `${intent.jobType} ${intent.jobId} of ${intent.clientName}, ${intent.policyName}: OK again`;
    case 'Quarantined':
      return intent.reason;
    case 'FeedLost':
      return `nothing heard through ${intent.endpoint} since ${showTime(intent.lostFrom)}`;
    case 'FeedRestored':
      return `heard again through ${intent.endpoint}`;
    case 'BackupOverdue':
      return `${counted(intent.backups.length + intent.leftOut, 'backup')} overdue`;
    case 'BackupResumed':
      return `${counted(intent.backups.length + intent.leftOut, 'overdue backup')}: OK again`;
    case 'ImagesDeleted':
      return `${intent.images} young images gone in an hour, ${intent.nothingLeftCount} clients with nothing left`;
    case 'DailySummary':
    case 'Report':
      return intent.date;
    case 'Test':
      return intent.note;
  }
}

export const PENDING_COLUMNS: Columns<Pending> = {
  kind: ({ kind }) => kind,
  primary: ({ primary = '-' }) => primary,
  what: ({ what }) => sentence(what),
  'since (UTC)': ({ since }) => showTime(since),
  'until (UTC)': ({ until }) => (until === undefined ? 'not known' : showTime(until)),
  why: ({ why }) => why,
  message: ({ message = '-' }) => message,
};

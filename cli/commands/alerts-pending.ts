import type { Intent } from '../../functions/alerts/intent.ts';
import { counted } from '../../functions/alerts/words.ts';
import type { Message } from '../../functions/questions/messages.ts';
import type { Waiting } from '../../functions/questions/waiting.ts';
import { showTime } from '../output.ts';
import { type Columns, sentence } from '../table.ts';

/** What nobody was told of yet: an intent, or a message that was written down with several. */
export interface Pending {
  kind: string;
  /** Absent for what is of no primary, or of several. */
  primary?: string;
  what: string;
  /** Epoch ms: since when it waits. */
  since: number;
  why: string;
  /** The id of the silence that keeps it back, or of the message. */
  silence?: string;
  message?: string;
}

export function unsentRow({ id, kind, subject, members, writtenAt, snsMessageIds }: Message): Pending {
  const isForChat = snsMessageIds.alerts !== undefined;
  return {
    ...{ kind, what: `${subject} (tells of ${members.length})`, since: writtenAt, message: id },
    why: isForChat ? `SNS has not taken it for chat: ${id}` : `SNS has not taken it: ${id}`,
  };
}

export function waitingRow({ place, kind, since, intent, silence }: Waiting): Pending {
  if (!intent) return { kind, what: `${place.pk} ${place.sk}`, since, why: 'this version cannot read it' };
  return {
    kind,
    ...('primary' in intent && { primary: intent.primary }),
    ...{ what: whatOf(intent), since },
    ...(silence === undefined ? { why: 'waits for its turn' } : { why: `kept back by silence ${silence}`, silence }),
  };
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
  why: ({ why }) => why,
};

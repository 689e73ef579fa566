import type { AlertSettings } from './alert-settings.ts';
import { groupDedupKey } from './backup-overdue.ts';
import { overdueDedupKey } from './dedup-key.ts';
import type { BackupResumedIntent } from './intent.ts';
import type { Alert } from './message.ts';
import { allOf, type BackupWords, backupAttributes, backupForms, backupLines } from './overdue-words.ts';
import { NONE_KNOWN } from './series-words.ts';
import { OK_AGAIN, ofPrimary, subjectAround } from './subject.ts';
import { clip, counted, duration, timeOf } from './words.ts';

type Resumed = BackupResumedIntent['backups'][number];

/** The alert that backups that were overdue have run. */
export function backupResumed(intent: BackupResumedIntent, settings: AlertSettings): Alert {
  const { primary, backups, receivedAt } = intent;
  const [first] = backups;
  const isOne = first !== undefined && allOf(intent) === 1;
  return {
    kind: 'BackupResumed',
    severity: 'error',
    ...(isOne ? ofOne(first, primary, settings) : ofMany(intent)),
    dedupKey: isOne ? overdueDedupKey(primary, first) : groupDedupKey(primary, backups),
    part: 1,
    parts: 1,
    attributes: backupAttributes(primary, intent),
    data: { primary, receivedAt, count: allOf(intent), ...backupForms(primary, intent) },
  };
}

function ofOne(
  { client, policy, since, resumedAt, lastUsableAt, ...backup }: Resumed,
  primary: string,
  { zone }: AlertSettings,
): BackupWords {
  const without = duration(resumedAt - since);
  return {
    subject: subjectAround(`${OK_AGAIN} `, client, `: a good backup after ${without}${ofPrimary(primary)}`),
    headline: `The overdue backup of client ${clip(client, 512)} under policy ${clip(policy, 512)} has run, after ${without} without a good one.`,
    facts: {
      'Primary server': primary,
      Client: client,
      Policy: policy,
      Schedule: backup.scheduleType ?? '',
      'Job type': backup.jobType ?? '',
      'Last good backup before': lastUsableAt === 0 ? NONE_KNOWN : timeOf(lastUsableAt, zone),
      'Good backup': timeOf(resumedAt, zone),
    },
    nextSteps: ['Nothing needs to be done. There is no backup from the time in between.'],
  };
}

function ofMany(intent: BackupResumedIntent): BackupWords {
  const { primary } = intent;
  const all = counted(allOf(intent), 'overdue backup');
  return {
    subject: `${OK_AGAIN}: ${all}${ofPrimary(primary)}`,
    headline: `${all} of ${primary} have run.`,
    facts: { 'Primary server': primary },
    sections: [
      {
        title: 'Have run',
        lines: backupLines(intent, ({ since, resumedAt }) => `after ${duration(resumedAt - since)} without a good run`),
      },
    ],
    nextSteps: ['Nothing needs to be done. There are no backups from the time in between.'],
  };
}

import { ROOM_MS, SLACK } from '../records/habit.ts';
import type { OverdueBackup } from '../registry/overdue.ts';
import type { AlertSettings } from './alert-settings.ts';
import { dedupKeyOf, overdueDedupKey } from './dedup-key.ts';
import type { BackupOverdueIntent } from './intent.ts';
import type { Alert } from './message.ts';
import {
  allOf,
  type BackupWords,
  backupAttributes,
  backupForms,
  backupLines,
  backupOptions,
  span,
  times,
} from './overdue-words.ts';
import { NONE_KNOWN } from './series-words.ts';
import { ofPrimary, subjectAround } from './subject.ts';
import { clip, counted, digits, duration, timeOf } from './words.ts';

const NAME = 60;
const ROOM = span(ROOM_MS);

/** The alert about backups that did not run. No job need have failed, so nothing else may report them. */
export function backupOverdue(intent: BackupOverdueIntent, settings: AlertSettings): Alert {
  const { primary, backups, receivedAt, overdueGaps, overdueHours } = intent;
  const [first] = backups;
  const isOne = first !== undefined && allOf(intent) === 1;
  return {
    kind: 'BackupOverdue',
    severity: 'error',
    ...(isOne ? ofOne(first, intent, settings) : ofMany(intent)),
    dedupKey: isOne ? overdueDedupKey(primary, first) : groupDedupKey(primary, backups),
    part: 1,
    parts: 1,
    attributes: backupAttributes(primary, intent),
    data: { primary, receivedAt, overdueGaps, overdueHours, count: allOf(intent), ...backupForms(primary, intent) },
  };
}

/** The key shared by messages about backups that became overdue together, as far as these are reported together. */
export function groupDedupKey(primary: string, backups: readonly OverdueBackup[]): string {
  return dedupKeyOf('Overdue', primary, Math.min(...backups.map(({ openedAt }) => openedAt)));
}

function ofOne(backup: OverdueBackup, intent: BackupOverdueIntent, { zone }: AlertSettings): BackupWords {
  const {
    client,
    policy,
    rule,
    scheduleType = '',
    jobType = '',
    lastUsableAt,
    since,
    limit,
    reminder,
    unheard = 0,
  } = backup;
  const { primary, receivedAt } = intent;
  const without = duration(receivedAt - since);
  const still = reminder === 0 ? '' : 'still ';
  const options = backupOptions(primary, backup);
  const expected =
    rule === 'declared'
      ? `One is declared for every ${span(limit)}.`
      : `One usually comes every ${span(backup.usual ?? 0)}.`;
  const heard =
    lastUsableAt === 0
      ? `None is known, and one has been expected for ${without}.`
      : `The last one was ${without} ago.`;
  return {
    subject: subjectAround(`ERROR ${still}no good backup of `, client, ` for ${without}${ofPrimary(primary)}`),
    headline: `There is ${still}no new good backup of client ${clip(client, 512)} under policy ${clip(policy, 512)}. ${heard} ${expected} nbwatch repeats this weekly until the backup runs, then says so.`,
    facts: {
      'Primary server': primary,
      Client: client,
      Policy: policy,
      Schedule: scheduleType,
      'Job type': jobType,
      'Last good backup': lastUsableAt === 0 ? NONE_KNOWN : timeOf(lastUsableAt, zone),
      'Overdue after': span(limit),
      Rule: ruleOf(backup, intent),
      'Not heard':
        unheard === 0 ? '' : `${duration(unheard)}, not counted; nbwatch may have missed a run, so it allowed longer`,
    },
    nextSteps: [
      `Open the NetBackup web UI of ${primary}: Activity monitor, Jobs. Is a job of this client queued, running or failed?`,
      "Look at the policy: is it active, is the client in it, did its schedule's start window open?",
      `If it should run less often, say how often: npx nbwatch expect${options} --every 8d`,
      `If it should no longer run: npx nbwatch expect --retire${options}`,
    ],
  };
}

function ruleOf({ rule, limit, usual = 0, longest = 0 }: OverdueBackup, intent: BackupOverdueIntent): string {
  if (rule === 'declared') return `declared: one every ${span(limit)} (nbwatch expect)`;
  const { overdueGaps, overdueHours } = intent;
  return `the longest of: ${times(overdueGaps)} its usual gap of ${span(usual)} plus ${ROOM} (nbwatch:overdueGaps); ${SLACK} times its longest gap of ${span(longest)}; ${overdueHours} hours (nbwatch:overdueHours)`;
}

function ofMany(intent: BackupOverdueIntent): BackupWords {
  const { primary, backups, receivedAt, overdueGaps, overdueHours } = intent;
  const all = counted(allOf(intent), 'backup');
  const isStill = backups.every(({ reminder }) => reminder > 0);
  const longest = duration(receivedAt - Math.min(...backups.map(({ since }) => since)));
  const declared = backups.filter(({ rule }) => rule === 'declared').length;
  const [first] = backups;
  return {
    subject: `ERROR ${all} ${isStill ? 'still ' : ''}overdue, one for ${longest}${ofPrimary(primary)}`,
    headline: `${all} of ${primary} ${isStill ? 'still have' : 'have'} no new good run, the longest for ${longest}. There may be no failed job: perhaps they did not run at all. nbwatch repeats this weekly for each backup until it runs, then says so.`,
    facts: {
      'Primary server': primary,
      Overdue: all,
      Clients: namesOf(backups.map(({ client }) => client)),
      Policies: namesOf(backups.map(({ policy }) => policy)),
      'By habit': `after the longest of: ${times(overdueGaps)} the usual gap plus ${ROOM} (nbwatch:overdueGaps); ${SLACK} times the longest gap; ${overdueHours} hours (nbwatch:overdueHours)`,
      Declared: declared === 0 ? '' : `${counted(declared, 'backup')}, after the time declared with nbwatch expect`,
    },
    sections: [
      {
        title: 'Longest without a good run',
        lines: backupLines(intent, ({ since, limit, reminder, unheard = 0 }) => {
          const again = reminder === 0 ? '' : `, first reported ${counted(reminder, 'week')} ago`;
          const left = unheard === 0 ? '' : `, ${duration(unheard)} of it not heard`;
          return `${duration(receivedAt - since)}${left}, overdue after ${span(limit)}${again}`;
        }),
      },
    ],
    nextSteps: [
      'First look at what they share: is the scheduler running (bpps -x shows nbpem), are the policies active, is the storage up?',
      `Open the NetBackup web UI of ${primary}: Activity monitor, Jobs. Are jobs queued, or are there none at all?`,
      `See what has had no good run for ${overdueHours} hours: npx nbwatch series --without ${overdueHours}h --primary ${primary}`,
      `For each that should no longer run: npx nbwatch expect --retire${first ? backupOptions(primary, first) : ''}`,
      'For each that should run less often, say how often: the same with --every 8d instead of --retire.',
    ],
  };
}

/** How many different names there are; if only one, that name. */
function namesOf(names: readonly string[]): string {
  const different = [...new Set(names)];
  const [first = ''] = different;
  return different.length === 1 ? clip(first, NAME) : digits(different.length);
}

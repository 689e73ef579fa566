import type { OverdueBackup } from '../registry/overdue.ts';
import { overdueDedupKey } from './dedup-key.ts';
import type { Alert } from './message.ts';
import { countThatFit } from './message-room.ts';
import { andMore, LINES } from './tally.ts';
import { clip, counted, digits } from './words.ts';

const HOUR_MS = 3_600_000;
const NAME = 60;

/** The part of an alert about overdue or resumed backups that people read. */
export type BackupWords = Pick<Alert, 'subject' | 'headline' | 'facts' | 'nextSteps' | 'sections'>;

/** `26 hours`, `2 days`, `52 hours`, `3.8 days`: as exact as a limit has to be. */
export function span(ms: number): string {
  const hours = Math.round(ms / HOUR_MS);
  return hours < 72 && hours !== 48 ? counted(hours, 'hour') : counted(Math.round(hours / 2.4) / 10, 'day');
}

/** `sql01, nightly, ST_FULL` */
function backupName({ client, policy, scheduleType = '' }: OverdueBackup): string {
  const names = [client, policy, scheduleType].filter((name) => name !== '');
  return names.map((name) => clip(name, NAME)).join(', ');
}

/** One line each, and how many more there are. */
export function backupLines<B extends OverdueBackup>(
  { backups, leftOut }: { backups: readonly B[]; leftOut: number },
  remark: (backup: B) => string,
): string[] {
  const lines = backups.slice(0, LINES).map((backup) => `${backupName(backup)}: ${remark(backup)}`);
  return [...lines, ...andMore(backups.length + leftOut)];
}

/**
 * What subscriptions can filter by. If backups are left out, their values are unknown: only `primary` is set, so that
 * whoever also takes absent attributes gets them too.
 */
export function backupAttributes(
  primary: string,
  { backups, leftOut }: { backups: readonly OverdueBackup[]; leftOut: number },
): Alert['attributes'] {
  if (leftOut > 0) return { primary };
  const jobTypes = backups.map(({ jobType = '' }) => jobType);
  return {
    primary,
    client: backups.map(({ client }) => client),
    policy: backups.map(({ policy }) => policy),
    jobType: jobTypes,
  };
}

/** As many of them in the machine form as a message has room for. */
export function backupForms<B extends OverdueBackup>(
  primary: string,
  { backups, leftOut }: { backups: readonly B[]; leftOut: number },
): { backups: object[]; backupsLeftOut: number } {
  const forms = backups.map(({ client, policy, ...backup }) => ({
    dedupKey: overdueDedupKey(primary, { client, policy, ...backup }),
    ...{ clientName: client, policyName: policy, ...backup },
  }));
  const shown = countThatFit(forms.map((form) => ({ place: { pk: '', sk: '' }, form })));
  return { backups: forms.slice(0, shown), backupsLeftOut: forms.length - shown + leftOut };
}

/**
 * ` --client sql01 --policy nightly --primary demo`, as a shell takes it. A placeholder stands for a name that is too
 * long, or that is not plain ASCII.
 */
export function backupOptions(primary: string, { client, policy }: OverdueBackup): string {
  return ` --client ${shellWord(client, 'CLIENT')} --policy ${shellWord(policy, 'POLICY')} --primary ${primary}`;
}

function shellWord(text: string, instead: string): string {
  if (/^[\w.@:-]+$/.test(text) && text.length <= NAME) return text;
  return /^[\x20-\x7e]+$/.test(text) && text.length <= NAME ? `'${text.replaceAll("'", `'\\''`)}'` : instead;
}

/** How many backups there are, including those left out. */
export const allOf = ({ backups, leftOut }: { backups: readonly unknown[]; leftOut: number }): number =>
  backups.length + leftOut;

/** `twice`, `3 times` */
export const times = (n: number): string => (n === 2 ? 'twice' : n === 1 ? 'once' : `${digits(n)} times`);

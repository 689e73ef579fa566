import { orderBy } from '../records/order.ts';
import { SEVERITIES, type Severity } from './severity.ts';
import { type StatusCode, statusCode } from './status-code.ts';
import { isPartial } from './status-judgement.ts';
import { listed } from './words.ts';

/**
 * Where the vendor's support pages begin; every edition of the NetBackup Status Codes Reference Guide is below it. The
 * address of one edition or one code is not stable enough to print in an alert.
 */
const VENDOR_SUPPORT = 'https://www.veritas.com/support/en_US';

/** `The snapshot could not be made or used` */
export function meaningOf(status: number): string {
  return statusCode(status)?.meaning ?? "Not in nbwatch's catalogue";
}

/** How a job ended, in a person's words: `failed`. */
export function endingOf(status: number, severity: Severity): string {
  if (statusCode(status)?.class === 'cancelled') return 'was stopped';
  if (isPartial(status)) return 'partly succeeded';
  return severity === 'information' ? 'ended' : 'failed';
}

/** `status 156`, `status 156 and 13`: the one that matters most, then the most frequent. */
export function statusesOf(statuses: readonly number[], lead: number): string {
  return `status ${listed([...new Set([lead, ...byFrequency(statuses)])].map(String))}`;
}

/** How many different statuses get advice. */
const CHECKS = 3;

/**
 * The first thing to check for the status that matters most (`lead`), if one does, and for the worst and most frequent
 * ones, as far as the catalogue knows them.
 */
export function checksOf(statuses: readonly number[], lead?: number): string[] {
  const known = byFrequency(statuses).flatMap((status) => statusCode(status) ?? []);
  known.sort(
    orderBy<StatusCode>(
      ({ code }) => (code === lead ? 0 : 1),
      ({ severity }) => -SEVERITIES.indexOf(severity),
    ),
  );
  const checks = known.map(({ check, code }) => (known.length === 1 ? check : `Status ${code}: ${check}`));
  return checks.slice(0, CHECKS);
}

function byFrequency(statuses: readonly number[]): number[] {
  const groups = [...Map.groupBy(statuses, (status) => status).values()];
  return groups.sort((a, b) => b.length - a.length).flatMap(([status]) => status ?? []);
}

/** Where to read more about a status. */
export function lookUpOf(status: number): string {
  const ask = `run bperror -S ${status} -r on the primary server`;
  if (statusCode(status)) return `To read what NetBackup says about status ${status}, ${ask}.`;
  return `To learn what status ${status} means, ${ask}, or look for the NetBackup Status Codes Reference Guide at ${VENDOR_SUPPORT}`;
}

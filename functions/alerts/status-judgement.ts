import type { Severity } from './severity.ts';
import judgements from './status-judgements.json' with { type: 'json' };

/** Where to look for the trouble: what a status code is about. */
export type StatusClass =
  | 'success'
  | 'client/network'
  | 'media/storage'
  | 'snapshot/VMware'
  | 'schedule/window'
  | 'configuration'
  | 'database agent'
  | 'catalog'
  | 'cancelled';

/**
 * How bad a NetBackup status code is, and what it is about. Separate from its words, which only code that alerts people
 * needs to load.
 */
export interface StatusJudgement {
  severity: Severity;
  class: StatusClass;
}

// TypeScript widens the severities and classes of a JSON file to string; the test of the catalogue checks every entry.
const catalogue = judgements as Readonly<Record<string, StatusJudgement>>;

/** Undefined for a status code that is not in the catalogue. */
export function statusJudgement(code: number): StatusJudgement | undefined {
  return Object.hasOwn(catalogue, code) ? catalogue[code] : undefined;
}

/** Whether a job with this status did part of its work, or all of it with remarks: what it made is usable. */
export function isPartial(status: number): boolean {
  return statusJudgement(status)?.severity === 'warning';
}

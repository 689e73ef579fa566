import type { Severity } from './severity.ts';
import codes from './status-codes.json' with { type: 'json' };

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

/** What is known of one NetBackup status code, in words for people. */
export interface StatusCode {
  code: number;
  /** A short phrase without a full stop. */
  meaning: string;
  severity: Severity;
  class: StatusClass;
  /** The likely cause, one sentence. */
  cause: string;
  /** The first thing to check, one sentence. */
  check: string;
}

// TypeScript widens the severities and classes of a JSON file to string; the test of this module checks every entry.
const catalogue = codes as Readonly<Record<string, Omit<StatusCode, 'code'>>>;

/** What is known of a status code; undefined when it is not in the catalogue. */
export function statusCode(code: number): StatusCode | undefined {
  const entry = Object.hasOwn(catalogue, code) ? catalogue[code] : undefined;
  return entry && { code, ...entry };
}

/** Whether a job with this status did part of its work, or all of it with remarks: what it made can be used. */
export function isPartial(status: number): boolean {
  return statusCode(status)?.severity === 'warning';
}

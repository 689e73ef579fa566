/*
 * What a report says: what `nbwatch report --json` prints, as docs/report.schema.json has it. Times are epoch ms of receipt, days are in
 * UTC. Only backups count for a success rate: jobs with a policy and a type that a schedule repeats. Restores, imports and NetBackup's
 * own housekeeping are other jobs.
 */

/** How runs ended. `usable` is the sum of the first two: there is something to restore from. */
export interface Ends {
  /** Status 0. */
  succeeded: number;
  /** Done in part, or with remarks: status 1 and its like. */
  partial: number;
  failed: number;
  /** Ended by a person or a window: says nothing about the backup. */
  stopped: number;
}

export interface ReportDay {
  /** `2026-11-23` */
  day: string;
  backups: Ends;
  otherJobs: Ends;
  images: { created: number; deleted: number; noLocalCopy: number; young: number };
}

export interface ReportPolicy {
  primary: string;
  policyName: string;
  total: Ends;
  /** Only those on which a run ended, oldest first. */
  days: { day: string; ends: Ends }[];
}

/** How often backups ended with a status that is no success. */
export interface ReportStatus {
  status: number;
  runs: number;
  meaning: string;
  check: string;
}

interface Named {
  primary: string;
  clientName: string;
  policyName: string;
}

/** A series whose last runs failed, as it is when the report is made. */
export interface FailingSeries extends Named {
  scheduleType: string;
  jobType: string;
  /** How many failed in a row. */
  streak: number;
  /** null: never. */
  lastUsableAt: number | null;
  lastAt: number;
  lastStatus: number;
  meaning: string;
  check: string;
}

/** A backup that is overdue when the report is made. */
export interface OverdueSeries extends Named {
  scheduleType: string | null;
  jobType: string | null;
  lastUsableAt: number | null;
  /** The same, or when it was declared where none is known. */
  since: number;
  limitMs: number;
  /** By what it did before, or by what people said. */
  rule: 'habit' | 'declared';
  usualMs: number | null;
}

/** A client without a usable backup in the time of the report. */
export interface UnprotectedClient {
  primary: string;
  clientName: string;
  /** Its backups that ended in that time, none of them usable. */
  ended: number;
  lastStatus: number | null;
  lastUsableAt: number | null;
}

/** Images of a client that were gone on a day at an age at which such images stay as a rule. */
export interface YoungDeletions {
  primary: string;
  clientName: string;
  day: string;
  images: number;
  /** Those of them that only lost their last local copy. */
  noLocalCopy: number;
  youngestSeconds: number;
  usualSeconds: number;
}

/** A time without a sign of life of a primary server. null: it lasts. */
export interface ReportGap {
  primary: string;
  endpoint: string;
  from: number;
  to: number | null;
}

/** From when to when something could be heard through an endpoint. Nothing is known of a time before or after. */
export interface ReportEndpoint {
  primary: string;
  endpoint: string;
  /** When it first connected, or was registered where its token was changed since. null: it has not connected. */
  since: number | null;
  /** When it was revoked; null: it was not. */
  until: number | null;
}

/** A run that ended with a nonzero status. */
export interface ReportJob extends Named {
  receivedAt: number;
  jobId: number;
  jobType: string;
  scheduleType: string;
  status: number;
  outcome: 'partial' | 'failed' | 'stopped';
  meaning: string;
}

export interface Report {
  version: 1;
  primaries: string[];
  /** Both ends included. */
  from: number;
  to: number;
  madeAt: number;
  backups: Ends;
  /** Usable of usable and failed, in percent; null where there is none. Of the whole, and of its halves by time. */
  successPercent: number | null;
  successPercentHalves: [number | null, number | null];
  otherJobs: Ends;
  days: ReportDay[];
  /** Those with the most failures first. */
  policies: ReportPolicy[];
  statuses: ReportStatus[];
  /** Longest without a usable run first. */
  failing: FailingSeries[];
  overdue: OverdueSeries[];
  unprotected: UnprotectedClient[];
  /** Below how many percent of the usual age an image is young. */
  youngPercent: number;
  young: YoungDeletions[];
  gaps: ReportGap[];
  endpoints: ReportEndpoint[];
  /** Newest first; no more than there is room for, and how many more there are. */
  jobs: ReportJob[];
  jobsLeftOut: number;
}

/*
 * The content of a report, as `nbwatch report --json` prints it and docs/report.schema.json describes it. Times are
 * epoch ms of receipt, days are in UTC. Only backups count for a success rate: jobs with a policy and a type that a
 * schedule repeats. Restores, imports and NetBackup's own housekeeping are other jobs.
 */

/** How runs ended. The first two are usable: there is something to restore from. */
export interface Ends {
  /** Status 0. */
  succeeded: number;
  /** Done in part, or with remarks: status 1 and the like. */
  partial: number;
  failed: number;
  /** Ended by somebody (150 and the like), which says nothing about the backup. */
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
  /** Only days on which a run ended, oldest first. */
  days: { day: string; ends: Ends }[];
}

/** How often backups ended with a certain status other than success. */
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

/** A series whose last runs failed, as of the time when the report is made. */
export interface FailingSeries extends Named {
  scheduleType: string;
  jobType: string;
  /** How many runs failed in a row. */
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
  /** The last usable run, or when the backup was declared if none is known. */
  since: number;
  limitMs: number;
  /** Whether its habit or a declaration sets the limit. */
  rule: 'habit' | 'declared';
  usualMs: number | null;
}

/** A client that had no usable backup in the time of the report. */
export interface UnprotectedClient {
  primary: string;
  clientName: string;
  /** How many of its backups ended in that time, none of them usable. */
  ended: number;
  lastStatus: number | null;
  lastUsableAt: number | null;
}

/** Images of a client that went on a day at an age at which such images usually stay. */
export interface YoungDeletions {
  primary: string;
  clientName: string;
  day: string;
  images: number;
  /** How many of them only lost their last local copy. */
  noLocalCopy: number;
  youngestSeconds: number;
  usualSeconds: number;
}

/** A time without a sign of life of a primary server. `to` is null while it lasts. */
export interface ReportGap {
  primary: string;
  endpoint: string;
  from: number;
  to: number | null;
}

/** The time in which something could be heard through an endpoint. Nothing is known of the time before or after. */
export interface ReportEndpoint {
  primary: string;
  endpoint: string;
  /** When it first connected, or when it was registered if its token was changed since. null: it has not connected. */
  since: number | null;
  /** When it was revoked. null: it was not. */
  until: number | null;
}

/** A run that did not succeed. */
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
  /**
   * Usable backups in percent of usable and failed ones, null where there are none: for the whole time, and for its two
   * halves.
   */
  successPercent: number | null;
  successPercentHalves: [number | null, number | null];
  otherJobs: Ends;
  days: ReportDay[];
  /** Most failures first. */
  policies: ReportPolicy[];
  statuses: ReportStatus[];
  /** Longest without a usable run first. */
  failing: FailingSeries[];
  overdue: OverdueSeries[];
  unprotected: UnprotectedClient[];
  /** An image is young below this percentage of the usual age. */
  youngPercent: number;
  young: YoungDeletions[];
  gaps: ReportGap[];
  endpoints: ReportEndpoint[];
  /** Newest first, as many as there is room for; `jobsLeftOut` counts the others. */
  jobs: ReportJob[];
  jobsLeftOut: number;
}

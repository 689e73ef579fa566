import type { ImageFact } from '../../functions/ledger/fact.ts';
import type { Job } from '../../functions/questions/jobs.ts';

/** A column of CSV and Parquet. docs/export.md describes each. */
export interface Column<T> {
  name: string;
  /** Parquet's type. `TIMESTAMP` is epoch ms here. */
  type: 'STRING' | 'INT32' | 'INT64' | 'TIMESTAMP';
  /** Whether a row may lack a value. */
  optional?: true;
  of(row: T): string | number | undefined;
}

export const JOB_COLUMNS: readonly Column<Job>[] = [
  { name: 'primary', type: 'STRING', of: (job) => job.primary },
  { name: 'jobId', type: 'INT64', of: (job) => job.jobId },
  { name: 'parentJobId', type: 'INT64', of: (job) => job.parentJobId },
  { name: 'state', type: 'STRING', of: (job) => job.state },
  { name: 'status', type: 'INT32', of: (job) => job.status },
  { name: 'startTime', type: 'INT64', of: (job) => job.startTime },
  { name: 'clientName', type: 'STRING', of: (job) => job.clientName },
  { name: 'policyName', type: 'STRING', of: (job) => job.policyName },
  { name: 'policyType', type: 'STRING', of: (job) => job.policyType },
  { name: 'jobType', type: 'STRING', of: (job) => job.jobType },
  { name: 'scheduleType', type: 'STRING', of: (job) => job.scheduleType },
  { name: 'receivedAt', type: 'TIMESTAMP', of: (job) => job.receivedAt },
  { name: 'requestId', type: 'STRING', of: (job) => job.requestId },
  { name: 'facts', type: 'INT32', of: (job) => job.facts },
  { name: 'runs', type: 'STRING', of: (job) => JSON.stringify(job.runs) },
];

export const IMAGE_COLUMNS: readonly Column<ImageFact>[] = [
  { name: 'primary', type: 'STRING', of: (fact) => fact.primary },
  { name: 'backupId', type: 'STRING', of: ({ entry }) => entry.backupId },
  { name: 'operationId', type: 'STRING', of: ({ entry }) => entry.operationId },
  { name: 'createdTime', type: 'INT64', of: ({ entry }) => entry.createdTime },
  { name: 'backupTime', type: 'INT64', of: ({ entry }) => entry.backupTime },
  { name: 'clientName', type: 'STRING', of: ({ entry }) => entry.clientName },
  { name: 'clientType', type: 'STRING', of: ({ entry }) => entry.clientType },
  { name: 'receivedAt', type: 'TIMESTAMP', of: (fact) => fact.receivedAt },
  { name: 'messageTime', type: 'INT64', of: (fact) => fact.messageTime },
  { name: 'messageId', type: 'STRING', of: (fact) => fact.messageId },
  { name: 'endpoint', type: 'STRING', of: (fact) => fact.endpoint },
  { name: 'connectionId', type: 'STRING', of: (fact) => fact.connectionId },
  { name: 'requestId', type: 'STRING', of: (fact) => fact.requestId },
  { name: 'digest', type: 'STRING', of: (fact) => fact.digest },
  { name: 'expiresAt', type: 'INT64', optional: true, of: (fact) => fact.expiresAt },
  { name: 'around', type: 'STRING', optional: true, of: (fact) => fact.around },
  { name: 'entry', type: 'STRING', of: ({ entry }) => JSON.stringify(entry) },
];

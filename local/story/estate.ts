import type { ImageEntry } from '../../functions/nbwss/image.ts';
import { DONE, type JobEntry } from '../../functions/nbwss/job.ts';

/** The primary server of the story. Its endpoint has the same name. */
export const PRIMARY = 'demo';

/** The fields of a job that are the same in all messages about it. */
export type Work = Pick<JobEntry, 'clientName' | 'policyName' | 'policyType' | 'jobType' | 'scheduleType'>;

/** A message's payload, as NetBackup sends it. */
export type Payload = readonly (
  | { notificationType: 'INFO'; object: 'JOB'; data: readonly JobEntry[] }
  | { notificationType: 'INFO'; object: 'IMAGE'; data: readonly ImageEntry[] }
)[];

const backupOf = (policyName: string, policyType: string, scheduleType: string, ...clients: string[]): Work[] =>
  clients.map((clientName) => ({ clientName, policyName, policyType, scheduleType, jobType: 'BACKUP' }));

export const SQL01: Work = {
  ...{ clientName: 'sql01', policyName: 'sql-daily', policyType: 'MS_SQL_SERVER' },
  ...{ scheduleType: 'ST_FULL', jobType: 'BACKUP' },
};

/** An ordinary night. A restore has no policy. */
export const NIGHT: readonly Work[] = [
  ...backupOf('vmware-prod', 'VMWARE', 'ST_FULL', 'web01', 'web02', 'app01', 'app02'),
  SQL01,
  ...backupOf('oracle-prod', 'ORACLE', 'ST_FULL', 'ora01'),
  ...backupOf('files-daily', 'STANDARD', 'ST_DINC', 'fs01', 'fs02', 'fs03'),
  { clientName: 'fs02', policyName: '', policyType: 'STANDARD', scheduleType: 'ST_FULL', jobType: 'RESTORE' },
];

/** The entry for a job in a state. `startTime`: epoch seconds, 0 for a job that has not started. */
export function jobEntry(work: Work, jobId: number, state: string, status: number, startTime: number): JobEntry {
  return { ...work, jobId, parentJobId: jobId, state, status, startTime };
}

/** The entry for what happened to a client's image. Both times are epoch seconds. */
export function imageEntry(work: Work, backupTime: number, operationId: string, createdTime: number): ImageEntry {
  const { clientName, policyType } = work;
  return {
    backupId: imageOf(work, backupTime),
    operationId,
    createdTime,
    backupTime,
    clientName,
    clientType: policyType,
  };
}

export const imageOf = ({ clientName }: Work, backupTime: number) => `${clientName}_${backupTime}`;

export function jobs(...data: readonly JobEntry[]): Payload {
  return [{ notificationType: 'INFO', object: 'JOB', data }];
}

export function images(...data: readonly ImageEntry[]): Payload {
  return [{ notificationType: 'INFO', object: 'IMAGE', data }];
}

/** The end of a job, with the image if it is a backup that succeeded. */
export function ended(work: Work, jobId: number, status: number, startTime: number): Payload {
  const job = jobs(jobEntry(work, jobId, DONE, status, startTime));
  return status === 0 && work.jobType === 'BACKUP'
    ? [...job, ...images(imageEntry(work, startTime, 'CREATE', startTime))]
    : job;
}

import { createdTime, type Report, startTime } from './report.ts';

/** A job from when it is queued to its end. Times are seconds since the traffic began. */
export interface JobPlan {
  clientName: string;
  policyName: string;
  policyType: string;
  jobType: string;
  scheduleType: string;
  /** Absent for a job that is its own parent. */
  parent?: JobPlan;
  queuedAt: number;
  activeAt: number;
  doneAt: number;
  status: number;
}

/** Whether a backup's image can be used: it ended with 0, or with 1, partial success. */
export const isUsable = ({ status }: Pick<JobPlan, 'status'>) => status === 0 || status === 1;

/** Reports of jobs. They get their ids in the order in which they are queued. `begin`: epoch seconds. */
export function reportsOfJobs(jobs: readonly JobPlan[], begin: number, firstJob: number): Report[] {
  const inOrder = jobs.toSorted((a, b) => a.queuedAt - b.queuedAt);
  const ids = new Map(inOrder.map((job, index) => [job, firstJob + index]));
  return inOrder.flatMap((job) => {
    const { clientName, policyName, policyType, jobType, scheduleType, queuedAt, activeAt, doneAt } = job;
    const jobId = ids.get(job) ?? 0;
    const parentJobId = (job.parent && ids.get(job.parent)) ?? jobId;
    const names = { jobId, parentJobId, clientName, policyName, policyType, jobType, scheduleType };
    const started = { ...names, startTime: startTime(begin + activeAt) };
    const report = (at: number, data: object): Report => ({ at, object: 'JOB', data, stateOf: jobId });
    return [
      report(queuedAt, { ...names, state: 'QUEUED', status: 0, startTime: 0 }),
      report(activeAt, { ...started, state: 'ACTIVE', status: 0 }),
      report(doneAt, { ...started, state: 'DONE', status: job.status }),
    ];
  });
}

/**
 * The report of what happens to an image. `backupTime` and `begin`: epoch seconds; `at`: seconds since the traffic
 * began.
 */
export function reportOfImage(
  image: { clientName: string; clientType: string; backupTime: number },
  operationId: string,
  at: number,
  begin: number,
): Report {
  const { clientName, clientType, backupTime } = image;
  const names = { clientName, clientType, backupTime, backupId: `${clientName}_${backupTime}` };
  return { at, object: 'IMAGE', data: { ...names, operationId, createdTime: createdTime(begin + at) } };
}

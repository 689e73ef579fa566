import type { Alert } from './message.ts';

/** What of a job subscriptions can filter by. */
interface FilteredJob {
  primary: string;
  clientName: string;
  policyName: string;
  jobType: string;
  policyType: string;
}

/** The attributes of an alert about these jobs, but for the status: it is found by each job's values. */
export function jobAttributes(jobs: readonly FilteredJob[]): Alert['attributes'] {
  const of = (name: keyof FilteredJob) => [...new Set(jobs.map((job) => job[name]))];
  return {
    primary: of('primary'),
    client: of('clientName'),
    policy: of('policyName'),
    jobType: of('jobType'),
    policyType: of('policyType'),
  };
}

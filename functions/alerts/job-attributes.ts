import type { Alert } from './message.ts';

/** What of a job subscriptions can filter by. */
interface FilteredJob {
  primary: string;
  clientName: string;
  policyName: string;
  jobType: string;
  policyType: string;
  status: number;
}

/** The attributes of an alert about these jobs: it is found by each job's values. */
export function jobAttributes(jobs: readonly FilteredJob[]): Alert['attributes'] {
  const of = <Name extends keyof FilteredJob>(name: Name) => [...new Set(jobs.map((job) => job[name]))];
  return {
    primary: of('primary'),
    client: of('clientName'),
    policy: of('policyName'),
    jobType: of('jobType'),
    policyType: of('policyType'),
    status: of('status'),
  };
}

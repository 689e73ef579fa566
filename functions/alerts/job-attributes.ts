import type { Alert } from './message.ts';

/** The fields of a job that subscriptions can filter by. */
interface FilteredJob {
  primary: string;
  clientName: string;
  policyName: string;
  jobType: string;
  policyType: string;
  status: number;
}

/** The attributes of an alert about these jobs: the values of any of them match. */
export function jobAttributes(jobs: readonly FilteredJob[]): Alert['attributes'] {
  const values = <Name extends keyof FilteredJob>(name: Name) => [...new Set(jobs.map((job) => job[name]))];
  return {
    primary: values('primary'),
    client: values('clientName'),
    policy: values('policyName'),
    jobType: values('jobType'),
    policyType: values('policyType'),
    status: values('status'),
  };
}

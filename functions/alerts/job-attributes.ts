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

/** What the measured handlers receive: as much of it as floor and peer read. */
export interface Event {
  body?: string;
  requestContext: { routeKey: string; connectionId: string };
}

export interface Message {
  id: string;
  type: 'CONNECT' | 'NOTIFICATION';
  payload: { data: Job[] }[];
}

export interface Job {
  jobId: number;
  state: string;
  status: number;
  startTime: number;
  clientName: string;
  policyName: string;
  jobType: string;
}

/** Makes jobs that no message had before. 900 of them make a message of 112 KB; the gateway takes 128. */
export function jobMaker(): (count: number) => Job[] {
  let made = 1_000_000;
  const job = (): Job => ({
    jobId: made++,
    ...{ state: 'ACTIVE', status: 0, startTime: 1_459_829_674, jobType: 'BACKUP' },
    ...{ clientName: 'sql01', policyName: 'nightly' },
  });
  return (count) => Array.from({ length: count }, job);
}

/** A NOTIFICATION's payload with these entries. */
export const payloadOf = (data: readonly Job[]) => [{ notificationType: 'INFO', object: 'JOB', data }];

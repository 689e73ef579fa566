import { newId, request } from '../../../client/envelope.ts';
import { DONE } from '../../../functions/nbwss/job.ts';
import { askAgain, type ProbeSocket } from './socket.ts';

/** The client of what is reported: what to look for, and what to leave out. */
export const PROBE_CLIENT = 'nbwatch-doctor';

/** How long until each message was acknowledged, ms from when it was first sent, in order; undefined for one that was not. */
export type Latencies = readonly (number | undefined)[];

/**
 * Reports so many jobs, one after the other, and measures each. They are restores that succeeded, which belong to no series: nobody is
 * told of them, and nobody misses the next.
 */
export async function measure(
  socket: ProbeSocket,
  { count, firstJob, stop }: { count: number; firstJob: number; stop: AbortSignal },
): Promise<Latencies> {
  const times: (number | undefined)[] = [];
  for (let jobId = firstJob; jobId < firstJob + count && !stop.aborted; jobId++) {
    const data = [restoreOf(jobId)];
    const message = request('NOTIFICATION', [{ notificationType: 'INFO', object: 'JOB', data }], newId(), Date.now());
    const began = performance.now();
    const heard = await askAgain(socket, JSON.stringify(message));
    times.push(heard.kind === 'answer' ? performance.now() - began : undefined);
    if (heard.kind === 'closed') break;
  }
  return times;
}

function restoreOf(jobId: number): object {
  return {
    ...{ jobId, parentJobId: jobId, state: DONE, status: 0, startTime: Math.floor(Date.now() / 1000) },
    ...{ clientName: PROBE_CLIENT, policyName: '', policyType: 'STANDARD' },
    ...{ jobType: 'RESTORE', scheduleType: 'ST_FULL' },
  };
}

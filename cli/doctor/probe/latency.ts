import { newId, request } from '../../../client/envelope.ts';
import { DONE } from '../../../functions/nbwss/job.ts';
import { askAgain, type ProbeSocket } from './socket.ts';

/** The client of the reported jobs, by which they can be found or left out. */
export const PROBE_CLIENT = 'nbwatch-doctor';

/** The ms from the first sending of each message to its acknowledgement, in order; undefined for one without. */
export type Latencies = readonly (number | undefined)[];

/**
 * Reports `count` jobs, one after the other, and measures each. They are successful restores, which belong to no
 * series, so they raise no alert and none is overdue later.
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

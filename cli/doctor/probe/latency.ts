import { newId, request } from '../../../client/envelope.ts';
import { DONE } from '../../../functions/nbwss/job.ts';
import type { Destination } from '../../simulate/destination.ts';
import { ANSWER_MS, askAgain, connectSocket } from './socket.ts';

/** The client of what is reported: what to look for, and what to leave out. */
export const PROBE_CLIENT = 'nbwatch-doctor';

/** How long until each message was acknowledged, ms from when it was first sent, in order; undefined for one that was not. */
export type Latencies = readonly (number | undefined)[];

/**
 * Reports so many jobs, one after the other, and measures each. They are restores that succeeded, which belong to no series: nobody is
 * told of them, and nobody misses the next.
 */
export async function measure(
  destination: Destination,
  { count, firstJob, stop }: { count: number; firstJob: number; stop: AbortSignal },
): Promise<Latencies> {
  const socket = await connectSocket(destination);
  const times: (number | undefined)[] = [];
  try {
    for (let jobId = firstJob; jobId < firstJob + count && !stop.aborted; jobId++) {
      const id = newId();
      const data = [restoreOf(jobId)];
      const message = request('NOTIFICATION', [{ notificationType: 'INFO', object: 'JOB', data }], id, Date.now());
      const began = performance.now();
      let heard = await askAgain(socket, JSON.stringify(message));
      // The second answer to one that was sent twice.
      while (heard.kind === 'answer' && heard.id !== id) heard = await socket.next(ANSWER_MS);
      times.push(heard.kind === 'answer' ? performance.now() - began : undefined);
      if (heard.kind === 'closed') break;
    }
    return times;
  } finally {
    socket.end();
  }
}

function restoreOf(jobId: number): object {
  return {
    ...{ jobId, parentJobId: jobId, state: DONE, status: 0, startTime: Math.floor(Date.now() / 1000) },
    ...{ clientName: PROBE_CLIENT, policyName: '', policyType: 'STANDARD' },
    ...{ jobType: 'RESTORE', scheduleType: 'ST_FULL' },
  };
}

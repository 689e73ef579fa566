import { randomInt } from 'node:crypto';
import * as v from 'valibot';
import { DONE } from '../nbwss/job.ts';
import { RESERVED_PRIMARY } from '../registry/endpoint.ts';
import { newToken, tokenHash } from '../registry/token.ts';
import { describe } from '../runtime/log.ts';
import type { ProbeContext } from './context.ts';
import type { QueuedMessage } from './queue.ts';

/** The step at which a probe failed. docs/operations.md says what to do about each. */
type Failure = 'no token' | 'no gateway' | 'CONNECT refused' | 'no acknowledgement' | 'no alert';

/** The result of a probe. `ms`: from its start until both alerts were seen. */
type Probed = { seen: true; ms: number } | { seen: false; failure: Failure; reason: string };

/**
 * Connects as the primary server that is reserved for the probe, reports a job that failed and one of the same series
 * that succeeded, and waits for both alerts. Never throws.
 */
export async function probe(context: ProbeContext): Promise<Probed> {
  const began = context.now();
  const signal = AbortSignal.timeout(context.deadlineMs);
  const token = newToken();
  let step: Failure = 'no token';
  let connection: Awaited<ReturnType<ProbeContext['connect']>> | undefined;
  try {
    await context.admit(tokenHash(token), began, signal);
    step = 'no gateway';
    connection = await context.connect(token, signal);
    step = 'CONNECT refused';
    if (!v.is(accepted, await connection.ask('CONNECT', { token }))) throw new Error('the token was refused');
    step = 'no acknowledgement';
    const [failed, healed] = canaryJobs(began);
    // One after the other, because only a run that is received later ends the failures before it.
    for (const job of [failed, healed])
      await connection.ask('NOTIFICATION', [{ notificationType: 'INFO', object: 'JOB', data: [job] }]);
    step = 'no alert';
    await see(context, { JobFailed: failed.jobId, JobRecovered: healed.jobId }, signal);
    return { seen: true, ms: context.now() - began };
  } catch (error) {
    // The error may contain the URL, which contains the token.
    return { seen: false, failure: step, reason: describe(error).replaceAll(token, '') };
  } finally {
    connection?.close();
  }
}

const accepted = v.object({ valid: v.literal(true) });

/** A failed and a successful job of the canary, in a series that no other probe uses. `at`: epoch ms. */
export function canaryJobs(at: number) {
  const jobId = randomInt(2 ** 47);
  const job = {
    ...{ state: DONE, startTime: Math.floor(at / 1000), clientName: RESERVED_PRIMARY },
    ...{
      policyName: `${RESERVED_PRIMARY}-${jobId}`,
      policyType: 'STANDARD',
      jobType: 'BACKUP',
      scheduleType: 'ST_FULL',
    },
  };
  return [
    { ...job, jobId, parentJobId: jobId, status: 6 },
    { ...job, jobId: jobId + 1, parentJobId: jobId + 1, status: 0 },
  ] as const;
}

/** The part of an alert's machine form (docs/alert.schema.json) that identifies its job. */
const alertText = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ kind: v.string(), job: v.object({ jobId: v.number() }) }),
);

/** Waits for an alert of each kind for its job. Leaves the alerts of another probe in the queue for that probe. */
async function see({ queue }: ProbeContext, jobs: Record<string, number>, signal: AbortSignal): Promise<void> {
  const missing = new Map(Object.entries(jobs));
  const kindOf = ({ body }: QueuedMessage) => {
    const alert = v.safeParse(alertText, body);
    return alert.success && missing.get(alert.output.kind) === alert.output.job.jobId ? alert.output.kind : undefined;
  };
  try {
    while (missing.size > 0) {
      for (const message of await queue.receive(signal)) {
        const kind = kindOf(message);
        if (kind === undefined) continue;
        missing.delete(kind);
        // A failed removal does not matter: the alert was seen, and the queue drops it within minutes.
        await queue.remove(message, signal).catch(() => {});
      }
    }
  } catch (error) {
    if (signal.aborted) throw new Error(`not seen in time: ${[...missing.keys()].join(', ')}`);
    throw error;
  }
}

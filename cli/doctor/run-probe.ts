import type { Streams, Wait } from '../program.ts';
import { findDestination } from '../simulate/destination.ts';
import { firstJobAt } from '../simulate/send-traffic.ts';
import { versionOf } from '../version.ts';
import { type DoctorOptions, PROBE_JOBS, PROBE_MINUTES } from './options.ts';
import { type Answer, answersOf, type Seen } from './probe/answers.ts';
import { probe } from './probe/probe.ts';
import { type Circumstances, issueText, regionOf } from './probe/text.ts';

/** Probes a running nbwatch and prints what that settled; after Ctrl-C, what is settled so far. */
export async function runProbe(options: DoctorOptions, streams: Streams, wait: Wait): Promise<void> {
  const destination = await findDestination(options);
  const { minutes = PROBE_MINUTES, jobs = PROBE_JOBS } = options;
  const began = Date.now();
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  const seen: Seen & { jobs: number } = { sizes: [], jobs: 0 };
  process.once('SIGINT', stop);
  try {
    await probe(
      destination,
      {
        ...{ minutes, jobs, wait, firstJob: firstJobAt(began), stop: stopping.signal },
        onStep: (what) => streams.err(`${what} …\n`),
      },
      seen,
    );
  } finally {
    process.off('SIGINT', stop);
    // Also if the probe fails on the way: what it saw until then is still valid.
    const answers = answersOf(seen);
    const circumstances: Circumstances = {
      ...{ version: versionOf(), region: regionOf(destination.endpoint.url), at: new Date(began).toISOString() },
      ...{ minutes, jobs: seen.jobs },
    };
    if (answers.length > 0) await streams.out(print(circumstances, answers, options.json));
  }
}

function print(circumstances: Circumstances, answers: readonly Answer[], json = false): string {
  if (json) return `${JSON.stringify({ ...circumstances, answers })}\n`;
  return `${issueText(circumstances, answers)}\n`;
}

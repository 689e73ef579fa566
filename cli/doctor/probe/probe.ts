import type { Wait } from '../../program.ts';
import type { Destination } from '../../simulate/destination.ts';
import type { Seen } from './answers.ts';
import { burst } from './burst.ts';
import { watchIdle } from './idle.ts';
import { measure } from './latency.ts';
import { SIZES, trySize } from './sizes.ts';

export interface ProbeOptions {
  minutes: number;
  /** How many jobs are reported to measure how long that takes; one more follows after the quiet time. */
  jobs: number;
  /** Their ids go up from here. */
  firstJob: number;
  wait: Wait;
  /** Ends it early: what was seen until then stays. */
  stop: AbortSignal;
  /** Is told what is done now. */
  onStep(what: string): void;
}

/**
 * Finds out what only a real gateway can tell. Two idle connections are watched all the time; what sends messages comes first, so that
 * the rest is a quiet time, and one message comes last. `seen` is filled as it goes on, and `jobs` counts what was reported.
 */
export async function probe(
  destination: Destination,
  { minutes, jobs, firstJob, wait, stop, onStep }: ProbeOptions,
  seen: Seen & { jobs: number },
): Promise<void> {
  const noted = minuteByMinute(minutes, onStep);
  const counted: Wait = async (ms, value, options) => {
    await wait(ms, value, options);
    noted(ms);
  };
  const over = new AbortController();
  const began = performance.now();
  const idle = watchIdle(destination, {
    ...{ ms: minutes * 60_000, wait: counted, stop: AbortSignal.any([stop, over.signal]) },
  });
  // Whoever waits for the steps below hears of its failure once they are done.
  idle.catch(() => {});
  try {
    await send(destination, { jobs, firstJob, stop, onStep }, seen);
    const sentSeconds = (performance.now() - began) / 1000;
    if (!stop.aborted)
      onStep(`Watching two idle connections for ${minutes} minutes; Ctrl-C tells what is known by then`);
    seen.idle = await idle;
    if (stop.aborted) return;
    onStep('Reporting one job after the quiet time');
    const { seconds, silent, pinged } = seen.idle;
    const woken = Math.max(sentSeconds, silent?.afterSeconds ?? 0, pinged?.afterSeconds ?? 0);
    const [ms] = await measure(destination, { count: 1, firstJob: firstJob + jobs, stop });
    seen.jobs += 1;
    seen.first = { quietSeconds: Math.max(0, seconds - woken), ms };
  } finally {
    over.abort();
    await idle.catch(() => {});
  }
}

/** All that sends messages, one after the other. */
async function send(
  destination: Destination,
  { jobs, firstJob, stop, onStep }: Pick<ProbeOptions, 'jobs' | 'firstJob' | 'stop' | 'onStep'>,
  seen: Seen & { jobs: number },
): Promise<void> {
  onStep(`Reporting ${jobs} jobs, one after the other`);
  seen.latencies = await measure(destination, { count: jobs, firstJob, stop });
  seen.jobs += seen.latencies.length;
  for (const size of SIZES) {
    if (stop.aborted) return;
    onStep(`Sending ${size.name}`);
    seen.sizes = [...seen.sizes, { size, heard: await trySize(destination, size) }];
  }
  if (stop.aborted) return;
  onStep('Sending many messages at once');
  seen.burst = await burst(destination);
}

/** Tells each whole minute that has passed. */
function minuteByMinute(minutes: number, onStep: (what: string) => void): (ms: number) => void {
  let passed = 0;
  return (ms) => {
    const before = Math.floor(passed / 60_000);
    passed += ms;
    const now = Math.floor(passed / 60_000);
    if (now > before && now < minutes) onStep(`${now} of ${minutes} minutes`);
  };
}

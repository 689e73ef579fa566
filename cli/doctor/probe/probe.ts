import type { Wait } from '../../program.ts';
import type { Destination } from '../../simulate/destination.ts';
import type { Seen } from './answers.ts';
import { burst } from './burst.ts';
import { watchIdle } from './idle.ts';
import { measure } from './latency.ts';
import { SIZES, trySize } from './sizes.ts';
import { connectSocket } from './socket.ts';

export interface ProbeOptions {
  minutes: number;
  /** How many jobs to report for the latency measurement; one more follows after the quiet time. */
  jobs: number;
  /** Their ids count up from here. */
  firstJob: number;
  wait: Wait;
  /** Ends the probe early; what it saw until then stays. */
  stop: AbortSignal;
  /** Called with a description of each step as it begins. */
  onStep(what: string): void;
}

/**
 * Finds out what only a real gateway can tell. It watches two idle connections all the time. The steps that send
 * messages come first, so that the rest is a quiet time, and one message comes last. It fills `seen` as it goes;
 * `seen.jobs` counts the reported jobs.
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
  // Its failure surfaces at the `await` below, once the sending steps are done.
  idle.catch(() => {});
  try {
    await send(destination, { jobs, firstJob, stop, onStep }, seen);
    const sentSeconds = (performance.now() - began) / 1000;
    if (!stop.aborted)
      onStep(`Watching two idle connections for ${minutes} minutes; Ctrl-C ends it and prints what is known by then`);
    seen.idle = await idle;
    if (stop.aborted) return;
    onStep('Reporting one job after the quiet time');
    const { seconds, silent, pinged } = seen.idle;
    const woken = Math.max(sentSeconds, silent?.afterSeconds ?? 0, pinged?.afterSeconds ?? 0);
    const socket = await connectSocket(destination);
    const [ms] = await measure(socket, { count: 1, firstJob: firstJob + jobs, stop }).finally(() => socket.end());
    seen.jobs += 1;
    seen.first = { quietSeconds: Math.max(0, seconds - woken), ms };
  } finally {
    over.abort();
    await idle.catch(() => {});
  }
}

/**
 * All steps that send messages, one after the other. They use as few connections as they can, since the
 * gateway closes some: four, so that nbwatch sends no email about an endpoint that connects again and again (`CHURN` of
 * functions/watch/live-connections.ts).
 */
async function send(
  destination: Destination,
  { jobs, firstJob, stop, onStep }: Pick<ProbeOptions, 'jobs' | 'firstJob' | 'stop' | 'onStep'>,
  seen: Seen & { jobs: number },
): Promise<void> {
  onStep(`Reporting ${jobs} jobs, one after the other`);
  let socket = await connectSocket(destination);
  try {
    seen.latencies = await measure(socket, { count: jobs, firstJob, stop });
    seen.jobs += seen.latencies.length;
    let isGood = socket.ended() === undefined;
    for (const size of SIZES) {
      if (stop.aborted) return;
      onStep(`Sending ${size.name}`);
      if (!isGood) {
        socket.end();
        socket = await connectSocket(destination);
      }
      const heard = await trySize(socket, size);
      seen.sizes = [...seen.sizes, { size, heard }];
      // Otherwise the next size gets a new connection, so that what is heard then belongs to that size.
      isGood = heard.kind === 'answer';
    }
  } finally {
    socket.end();
  }
  if (stop.aborted) return;
  onStep('Sending many messages at once');
  seen.burst = await burst(destination);
}

/** Reports each whole minute that has passed. */
function minuteByMinute(minutes: number, onStep: (what: string) => void): (ms: number) => void {
  let passed = 0;
  return (ms) => {
    const before = Math.floor(passed / 60_000);
    passed += ms;
    const now = Math.floor(passed / 60_000);
    if (now > before && now < minutes) onStep(`${now} of ${minutes} minutes`);
  };
}

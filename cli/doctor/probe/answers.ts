import { percentile } from '../../simulate/tally.ts';
import type { Burst } from './burst.ts';
import type { Idle, IdleEnd } from './idle.ts';
import type { Latencies } from './latency.ts';
import type { Sized } from './sizes.ts';
import { describeHeard, type Heard } from './socket.ts';

/** All that a probe saw. What it did not get to is undefined or missing. */
export interface Seen {
  idle?: Idle;
  sizes: readonly { size: Sized; heard: Heard }[];
  burst?: Burst;
  latencies?: Latencies;
  /** The first message after a time in which nothing woke the function; the end of a connection wakes it, too. */
  first?: { quietSeconds: number; ms: number | undefined };
}

/** An open point, what was seen of it, and what docs/limits.md said before. */
export interface Answer {
  question: string;
  seen: string;
  said: string;
  isSettled: boolean;
}

/** API Gateway ends a connection that was idle for ten minutes, so the probe must watch for a little longer. */
const IDLE_SECONDS = 600;
const SURE_SECONDS = IDLE_SECONDS + 60;

/** Lambda shuts an idle function's environment down after some minutes; how many is documented nowhere. */
const QUIET_SECONDS = 300;

/** The answer to each open point. */
export function answersOf({ idle, sizes, burst, latencies, first }: Seen): Answer[] {
  return [
    ...(idle ? [idleAnswer(idle), pingAnswer(idle)] : []),
    ...sizes.map(({ size, heard }) => sizeAnswer(size, heard)),
    ...(burst ? [burstAnswer(burst)] : []),
    ...(latencies && latencies.length > 0 ? [latencyAnswer(latencies)] : []),
    ...(first ? [firstAnswer(first)] : []),
  ];
}

function idleAnswer({ seconds, silent }: Idle): Answer {
  return {
    question: 'When does a connection end if nothing is sent on it?',
    seen: endOf(silent, seconds),
    said: 'after ten minutes',
    isSettled: silent !== undefined || seconds >= SURE_SECONDS,
  };
}

function pingAnswer({ seconds, silent, pinged }: Idle): Answer {
  const isSettled = pinged !== undefined || seconds >= SURE_SECONDS;
  const verdict = !isSettled ? '' : pinged && silent ? 'no: ' : pinged ? '' : 'yes: ';
  return {
    question: 'Do pings alone keep a connection open beyond ten minutes?',
    seen: `${verdict}${endOf(pinged, seconds)}`,
    said: 'not known; NetBackup opens the next one either way',
    isSettled,
  };
}

const endOf = (end: IdleEnd, seconds: number): string =>
  end
    ? `${describeHeard({ kind: 'closed', ...end })} after ${minutes(end.afterSeconds)}`
    : `still open after ${minutes(seconds)}`;

const minutes = (seconds: number): string => `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;

function sizeAnswer({ name, expected }: Sized, heard: Heard): Answer {
  return {
    question: `What happens to ${name}?`,
    seen: describeHeard(heard),
    said: expected === undefined ? 'acknowledged' : `closed with ${expected}`,
    isSettled: heard.kind !== 'nothing',
  };
}

function burstAnswer({ sent, acknowledged, strange, frame, code }: Burst): Answer {
  const end = code === undefined ? 'the gateway kept the connection open' : `it closed the connection with ${code}`;
  const rest = acknowledged + strange < sent ? `, ${sent - acknowledged - strange} got no answer` : '';
  return {
    question:
      'What does the gateway send for a function that is throttled or killed, and does that end the connection?',
    seen:
      strange === 0
        ? `not provoked: ${acknowledged} of ${sent} at once were acknowledged${rest}${code === undefined ? '' : `, and ${end}`}`
        : `${strange} of ${sent} at once: \`${frame}\`; ${end}${rest}`,
    said: 'a frame of its own, at which NetBackup hangs up; whether it ends the connection is not known',
    isSettled: strange > 0,
  };
}

function latencyAnswer(latencies: Latencies): Answer {
  const times = latencies.filter((ms) => ms !== undefined);
  const after = (percent: number) => `${Math.round(percentile(times, percent))} ms`;
  const lost = latencies.length - times.length;
  return {
    question: 'How long until a notification is acknowledged?',
    seen: `p50 ${after(50)}, p99 ${after(99)}, at most ${after(100)} of ${times.length}${lost === 0 ? '' : `; ${lost} were not`}`,
    said: 'within nbwatch:deadlineMs, 1.5 s; NetBackup gives up after 2 s',
    isSettled: times.length > 0,
  };
}

function firstAnswer({ quietSeconds, ms }: NonNullable<Seen['first']>): Answer {
  const quiet = minutes(quietSeconds);
  return {
    question: 'How long does the first message take after a quiet time, when the function may have to start again?',
    seen: ms === undefined ? `not acknowledged after ${quiet}` : `${Math.round(ms)} ms after ${quiet}`,
    said: 'not known; if it is too slow, nothing answers, and the message comes again',
    isSettled: ms !== undefined && quietSeconds >= QUIET_SECONDS,
  };
}

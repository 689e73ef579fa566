import type { Clock, LeapingClock } from '../local/clock.ts';
import type { Run } from '../local/run.ts';
import { SCALE } from './senders.ts';

export const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;

/**
 * The clock of a storm: the windows in which a stream collects a batch pass fifty times as fast, and no schedule goes by it: minutes
 * are let pass by {@link letMinutesPass}.
 */
export function stormClock(clock: Clock): Clock {
  return {
    ...clock,
    after(ms, callback) {
      if (ms < MINUTE_MS) return clock.after(ms, callback);
      // A window is at most five minutes, the time that a connection may live ten, a schedule's time a minute or hours.
      if (ms === MINUTE_MS || ms > 5 * MINUTE_MS) return () => {};
      // One minute more: by the clock that leaps it has passed then.
      return clock.after((ms + MINUTE_MS) / SCALE, callback);
    },
  };
}

/**
 * Each 1.2 s a minute passes: the time of day leaps by what is left of it, and publisher and watch are woken as the rule `EachMinute` does.
 * What is on its way then is older than it thinks, as after a clock was set.
 */
export function letMinutesPass(run: Run, { now, leap }: LeapingClock) {
  const targets = ['Publisher', 'Watch'].map((start) => functionThat(run, start));
  const underway = new Map<string, Promise<unknown>>();
  const minute = async () => {
    leap(MINUTE_MS - MINUTE_MS / SCALE);
    for (const target of targets) {
      // On AWS it has a minute. Here those that have had 1.2 s would become more and more.
      if (underway.has(target)) continue;
      underway.set(
        target,
        run.functions.invoke(target, {}).finally(() => underway.delete(target)),
      );
    }
    await Promise.all(underway.values());
  };
  /** Leaps to the next minute in which Watch asks SNS about subscriptions: functions/watch/subscriptions.ts. */
  const toLook = () => {
    const since = (now() - 7 * MINUTE_MS) % QUARTER_MS;
    leap(QUARTER_MS - since - (MINUTE_MS - MINUTE_MS / SCALE));
  };
  const timer = setInterval(() => void minute(), MINUTE_MS / SCALE);
  const end = () => clearInterval(timer);
  return {
    now,
    /** Lets one pass now, and resolves when the functions that it woke are done. */
    minute,
    toLook,
    end,
    async stop() {
      end();
      await Promise.all(underway.values());
    },
    /** Resolves when the streams are at rest. Minutes pass meanwhile that wake nobody: a publisher that died has its lease for one. */
    async rest() {
      const passing = setInterval(() => leap(MINUTE_MS - MINUTE_MS / SCALE), MINUTE_MS / SCALE);
      await run.idle().finally(() => clearInterval(passing));
    },
  };
}

export type Minutes = ReturnType<typeof letMinutesPass>;

export function functionThat(run: Run, start: string): string {
  const found = run.deployment.functions.find(({ id }) => id.startsWith(start));
  if (!found) throw new Error(`The stack has no function ${start}`);
  return found.id;
}

import { setTimeout } from 'node:timers/promises';
import type { Clock, LeapingClock } from '../local/clock.ts';
import type { Run } from '../local/run.ts';
import { SCALE } from './senders.ts';

export const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;

/**
 * The clock of a storm. The windows in which a stream collects a batch pass fifty times as fast. No schedule runs on
 * this clock: {@link letMinutesPass} lets minutes pass.
 */
export function stormClock(clock: Clock): Clock {
  return {
    ...clock,
    after(ms, callback) {
      if (ms < MINUTE_MS) return clock.after(ms, callback);
      // A window is at most five minutes long. A connection may live ten, and a schedule has a minute or hours.
      if (ms === MINUTE_MS || ms > 5 * MINUTE_MS) return () => {};
      // One minute more: by the leaping clock it has passed by then.
      return clock.after((ms + MINUTE_MS) / SCALE, callback);
    },
  };
}

const takesLease = (mapping: string) => /^(Publisher|Archive)/.test(mapping);

/**
 * Lets a minute pass every 1.2 s: the time of day leaps over the rest of it, and publisher and watch are woken as by
 * the rule `EachMinute`. Before each leap, a publisher or an archive that is at work finishes: it counts on its lease
 * until AWS would end it, after a minute. Work that others have under way is older than they think, as after a clock
 * was set.
 */
export function letMinutesPass(run: Run, { now, leap }: LeapingClock) {
  const [publisher, watch] = [functionThat(run, 'Publisher'), functionThat(run, 'Watch')];
  const underway = new Map<string, Promise<unknown>>();
  let passing = true;
  let over = false;
  const pass = async (ms = MINUTE_MS - MINUTE_MS / SCALE) => {
    await Promise.all([run.mappings.pause(takesLease), underway.get(publisher)]);
    leap(ms);
    run.mappings.resume();
  };
  const minute = async () => {
    await pass();
    for (const target of [publisher, watch]) {
      // On AWS it has a minute. Here, invocations that had only 1.2 s would pile up.
      if (underway.has(target)) continue;
      underway.set(
        target,
        run.functions.invoke(target, {}).finally(() => underway.delete(target)),
      );
    }
  };
  /** Repeats one after the other, until it is told to end. */
  const each = async (go: () => Promise<void>, isOver: () => boolean) => {
    while (!isOver()) {
      await setTimeout(MINUTE_MS / SCALE);
      if (!isOver()) await go();
    }
  };
  const ended = each(minute, () => !passing);
  return {
    now,
    /** Lets a minute pass now, and resolves when the functions that it woke are done. */
    async minute() {
      await minute();
      await Promise.all(underway.values());
    },
    /** Leaps to the next minute in which Watch asks SNS about subscriptions: functions/watch/subscriptions.ts. */
    async toLook() {
      const since = (now() - 7 * MINUTE_MS) % QUARTER_MS;
      await pass(QUARTER_MS - since - (MINUTE_MS - MINUTE_MS / SCALE));
    },
    /** No minute passes any more, whatever is waited for. */
    end() {
      passing = false;
      over = true;
    },
    async stop() {
      passing = false;
      await ended;
      await Promise.all(underway.values());
    },
    /**
     * Resolves when the streams are at rest. Meanwhile minutes pass that wake no function, because a publisher that
     * died holds its lease for a minute.
     */
    async rest() {
      let resting = true;
      const others = each(
        () => pass(),
        () => !resting || over,
      );
      await run.idle().finally(() => {
        resting = false;
      });
      await others;
    },
  };
}

export type Minutes = ReturnType<typeof letMinutesPass>;

export function functionThat(run: Run, start: string): string {
  const found = run.deployment.functions.find(({ id }) => id.startsWith(start));
  if (!found) throw new Error(`The stack has no function ${start}`);
  return found.id;
}

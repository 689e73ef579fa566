import type { Look } from './examine.ts';
import type { Verdict } from './finding.ts';

/** AWS refuses requests signed by a clock that is more than five minutes off. */
const REFUSED_MS = 300_000;
const WRONG_MS = 30_000;

export const lookAtClock: Look = async ({ session: { target } }, signal) => {
  const url = new URL(target.managementUrl).origin;
  const began = Date.now();
  const { headers } = await fetch(url, { method: 'HEAD', redirect: 'manual', signal });
  const ended = Date.now();
  return [judgeClock(Date.parse(headers.get('date') ?? ''), (began + ended) / 2)];
};

/** `theirs`: the time in the header, in whole seconds (epoch ms); `ours`: this machine's time at that moment. */
export function judgeClock(theirs: number, ours: number): Verdict {
  if (Number.isNaN(theirs)) return { state: 'unknown', what: 'the answer had no time in it' };
  // The header drops fractions, so on average half of its second had passed.
  const off = ours - (theirs + 500);
  const seconds = Math.round(Math.abs(off) / 1000);
  const what = `this machine is ${seconds} s ${off < 0 ? 'behind' : 'ahead'}`;
  if (Math.abs(off) < WRONG_MS) return { state: 'ok', what: seconds < 2 ? 'this machine agrees with AWS' : what };
  const next = 'Synchronise the clock of this machine: timedatectl set-ntp true, or what your system has for it.';
  if (Math.abs(off) < REFUSED_MS) return { state: 'warning', what, next };
  return { state: 'failed', what: `${what}: AWS rejects requests that it signs`, next };
}

import type { Look } from './examine.ts';
import type { Verdict } from './finding.ts';

/** AWS refuses what is signed more than five minutes off. */
const REFUSED_MS = 300_000;
const WRONG_MS = 30_000;

export const lookAtClock: Look = async ({ session: { target } }, signal) => {
  const url = new URL(target.managementUrl).origin;
  const began = Date.now();
  const { headers } = await fetch(url, { method: 'HEAD', redirect: 'manual', signal });
  const ended = Date.now();
  return [judgeClock(Date.parse(headers.get('date') ?? ''), (began + ended) / 2)];
};

/** `theirs`: what the header said, in whole seconds (epoch ms); `ours`: this machine's time when it was said. */
export function judgeClock(theirs: number, ours: number): Verdict {
  if (Number.isNaN(theirs)) return { state: 'unknown', what: 'the answer had no time in it' };
  // The second that was named had begun.
  const off = ours - (theirs + 500);
  const seconds = Math.round(Math.abs(off) / 1000);
  const what = `this machine is ${seconds} s ${off < 0 ? 'behind' : 'ahead'}`;
  if (Math.abs(off) < WRONG_MS) return { state: 'ok', what: seconds < 2 ? 'this machine agrees with AWS' : what };
  const next = 'Let this machine take its time from a server: timedatectl set-ntp true, or as your system has it.';
  if (Math.abs(off) < REFUSED_MS) return { state: 'warning', what, next };
  return { state: 'failed', what: `${what}: AWS refuses what it signs`, next };
}

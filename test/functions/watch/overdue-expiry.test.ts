import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { COLD, DAY, days, evening, HOUR, setUp } from './missing.ts';
import { logged } from './support.ts';

beforeEach(() => {
  logged('warn');
  logged('error');
});
afterEach(() => vi.restoreAllMocks());

/** Days: as long as jobs are kept by default. */
const KEPT = 400;

/** A backup that ran `runs` times, every `gap` days. `toldOn` says what is reported on days after its last run. */
async function stopped(runs: number, gap: number) {
  const test = await setUp();
  const times = days(runs).map((index) => evening(index * gap));
  await test.ran(times, {}, 0, KEPT);
  const last = Math.max(...times);
  return {
    ...test,
    last,
    async toldOn(after: readonly number[], memory = COLD) {
      const told: [number, ...unknown[]][] = [];
      for (const day of after)
        for (const message of await test.watchAt(last + day * DAY + 5 * HOUR, memory())) told.push([day, ...message]);
      return told;
    },
  };
}

describe('a backup that stopped and whose runs expire', () => {
  it('is reported again each week until its last run has expired, and is then forgotten', async () => {
    const { toldOn, open } = await stopped(12, 30);
    // The fifth run from the end expires after 280 days.
    const weeks = days(49).map((week) => 60 + week * 7);
    expect(await toldOn([59, ...weeks, 399])).toEqual(weeks.map((day) => [day, 'BackupOverdue', 'sql01']));
    expect(await open()).toMatchObject([{ usual: 30 * DAY, longest: 30 * DAY, reminder: 48 }]);
    expect(await toldOn([401, 407])).toEqual([]);
    expect(await open()).toEqual([]);
  });

  it('is reported again while later runs fail, although its good runs have expired, and when it has run', async () => {
    const { toldOn, ran, last, clock } = await stopped(12, 30);
    expect(await toldOn([60])).toEqual([[60, 'BackupOverdue', 'sql01']]);
    clock.now = last + 401 * DAY;
    await ran([clock.now], {}, 156, KEPT);
    expect(await toldOn([402, 410])).toEqual([
      [402, 'BackupOverdue', 'sql01'],
      [410, 'BackupOverdue', 'sql01'],
    ]);
    clock.now = last + 411 * DAY;
    await ran([clock.now], {}, 0, KEPT);
    expect(await toldOn([411])).toEqual([[411, 'BackupResumed', 'sql01']]);
  });

  it('is reported only if its last five runs are kept until it is late, whatever the process saw before', async () => {
    for (const [gap, told] of [
      [66, [[133, 'BackupOverdue', 'sql01']]],
      [67, []],
      [91, []],
    ] as const)
      for (const warm of [false, true]) {
        const memory = COLD();
        const { toldOn } = await stopped(6, gap);
        const after = [2, gap, 2 * gap - 1, 2 * gap + 1, 2 * gap + 6];
        expect(await toldOn(after, warm ? () => memory : COLD), `each ${gap} days, warm: ${warm}`).toEqual(told);
      }
  });

  it('is reported again if it was declared, counted from its last run although that has expired', async () => {
    const { toldOn, expectations, last, open } = await stopped(3, 91);
    const declare = (at: number) =>
      expectations.declare({ primary: 'demo', client: 'sql01', policy: 'nightly' }, 100 * DAY, at);
    await declare(last);
    expect(await toldOn([100])).toEqual([[100, 'BackupOverdue', 'sql01']]);
    await declare(last + 380 * DAY);
    expect(await toldOn([399, 406])).toEqual([
      [399, 'BackupOverdue', 'sql01'],
      [406, 'BackupOverdue', 'sql01'],
    ]);
    expect(await open()).toMatchObject([{ rule: 'declared', lastUsableAt: last, since: last }]);
  });
});

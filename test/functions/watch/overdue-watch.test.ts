import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readHabit } from '../../../functions/questions/habit.ts';
import { overdueBackups } from '../../../functions/questions/overdue.ts';
import type { WatchContext } from '../../../functions/watch/context.ts';
import { watchOverdue } from '../../../functions/watch/overdue-watch.ts';
import { COLD, DAY, days, evening, HOUR, MINUTE, MONDAY, PLENTY, setUp } from './missing.ts';
import { endpointOf, logged } from './support.ts';

let said: ReturnType<typeof logged>;
beforeEach(() => {
  said = logged('warn');
  logged('error');
});
afterEach(() => vi.restoreAllMocks());

describe('a missed backup', () => {
  it('is reported once, again each week, and once more when it has run', async () => {
    const { ran, watchAt, intents, open, tables } = await setUp();
    await ran(days(12).map(evening));
    const last = evening(11);
    expect(await watchAt(last + 51 * HOUR)).toEqual([]);
    expect(await watchAt(last + 52 * HOUR + MINUTE)).toEqual([['BackupOverdue', 'sql01']]);
    const [intent] = await intents();
    expect(intent).toMatchObject({
      ...{ primary: 'demo', receivedAt: last + 52 * HOUR + MINUTE, leftOut: 0, overdueGaps: 2, overdueHours: 26 },
      backups: [
        {
          ...{ client: 'sql01', policy: 'Nightly', scheduleType: 'ST_FULL', jobType: 'BACKUP', rule: 'habit' },
          ...{ lastUsableAt: last, since: last, usual: DAY, longest: DAY, limit: 52 * HOUR, reminder: 0 },
        },
      ],
    });
    const opened = last + 52 * HOUR + MINUTE;
    for (const day of days(6, 1)) expect(await watchAt(opened + day * DAY, COLD())).toEqual([]);
    expect(await watchAt(opened + 7 * DAY)).toEqual([['BackupOverdue', 'sql01']]);
    expect(await Array.fromAsync(overdueBackups(tables, 'demo'))).toMatchObject([
      { client: 'sql01', limit: 52 * HOUR },
    ]);
    expect((await intents()).at(-1)?.backups).toMatchObject([{ reminder: 1, openedAt: opened }]);
    expect(await watchAt(opened + 8 * DAY)).toEqual([]);
    await ran([opened + 8 * DAY + HOUR], {}, 156);
    expect(await watchAt(opened + 8 * DAY + 2 * HOUR)).toEqual([]);
    const resumedAt = opened + 8 * DAY + 3 * HOUR;
    await ran([resumedAt], {}, 1);
    expect(await watchAt(resumedAt + MINUTE)).toEqual([['BackupResumed', 'sql01']]);
    expect((await intents()).at(-1)?.backups).toMatchObject([{ resumedAt, since: last, openedAt: opened }]);
    expect(await open()).toEqual([]);
    expect(await watchAt(resumedAt + DAY)).toEqual([]);
  });

  it('is not reported if it ran fewer than five times or never succeeded', async () => {
    const { ran, watchAt } = await setUp();
    await ran(days(4).map(evening));
    await ran(days(20).map(evening), { clientName: 'never' }, 156);
    expect(await watchAt(evening(100))).toEqual([]);
  });

  it('is looked for every ten minutes', async () => {
    const { ran, watchAt } = await setUp();
    await ran(days(12).map(evening));
    const due = evening(13) + 4 * HOUR;
    expect(await watchAt(due - MINUTE)).toEqual([]);
    expect(await watchAt(due + 8 * MINUTE)).toEqual([]);
    expect(await watchAt(due + 9 * MINUTE)).toEqual([['BackupOverdue', 'sql01']]);
  });

  it('shares one message with all that are late at the same time, and a whole night takes few messages', async () => {
    const { ran, watchAt, open } = await setUp();
    const together = ['a0', 'b0', 'c0'];
    const names = [...together, ...days(8, 1).map((hour) => `vm${hour}`)];
    const hourOf = (name: string) => Number(name.replace(/\D/g, ''));
    for (const clientName of names) {
      const times = days(9).map((day) => evening(day) + hourOf(clientName) * HOUR);
      await ran(times, { clientName });
    }
    const told: unknown[] = [];
    for (const hour of days(12, 4)) told.push(...(await watchAt(evening(10) + hour * HOUR + MINUTE)));
    expect(told).toEqual([
      ['BackupOverdue', ...together],
      ['BackupOverdue', 'vm1'],
      ['BackupOverdue', 'vm2', 'vm3'],
      ['BackupOverdue', 'vm4', 'vm5', 'vm6'],
      ['BackupOverdue', 'vm7', 'vm8'],
    ]);
    // They also resume over a night.
    const ends: unknown[] = [];
    for (const hour of days(9)) {
      const at = evening(12) + hour * HOUR;
      for (const clientName of names.filter((name) => hourOf(name) === hour)) await ran([at], { clientName });
      ends.push(...(await watchAt(at + MINUTE)));
    }
    expect(ends).toEqual([
      ['BackupResumed', ...together, 'vm1', 'vm2', 'vm3', 'vm4'],
      ['BackupResumed', 'vm5', 'vm6', 'vm7', 'vm8'],
    ]);
    expect(await open()).toEqual([]);
  });

  it('with many streams is judged by its weekly occasions, not by its streams', async () => {
    const { ran, watchAt, tables } = await setUp();
    const weekly = days(6).flatMap((week) => days(60).map((n) => evening(week * 7) + n * 3 * MINUTE));
    await ran(weekly);
    const last = Math.max(...weekly);
    const series = { primary: 'demo', clientName: 'SQL01', policyName: 'nightly', scheduleType: 'ST_FULL' };
    const { habit } = await readHabit(tables, { ...series, jobType: 'BACKUP', lastUsableAt: last }, 5, last);
    expect(habit).toEqual({ usual: 7 * DAY, longest: 7 * DAY });
    expect(await watchAt(last + 14 * DAY + 4 * HOUR)).toEqual([]);
    expect(await watchAt(last + 14 * DAY + 4 * HOUR + 10 * MINUTE)).toEqual([['BackupOverdue', 'sql01']]);
  });
});

describe('the report of overdue backups', () => {
  it('is sent once when two runs overlap', async () => {
    const { ran, watchAt, context, intents } = await setUp();
    await ran(days(12).map(evening));
    await ran(days(12).map(evening), { clientName: 'web01' });
    await watchAt(evening(12));
    const again = watchOverdue({ ...context, ...COLD(), now: () => evening(14) + 1 }, PLENTY);
    await Promise.all([watchAt(evening(14), COLD()), again]);
    expect((await intents()).map(({ backups }) => backups.length)).toEqual([2]);
  });

  it('is sent by the next run if one dies before writing it, and not repeated if one dies afterwards', async () => {
    const { ran, watchAt, context, open } = await setUp();
    await ran(days(12).map(evening));
    const died = () => Promise.reject(new Error('died'));
    const notWritten = { ...COLD(), records: { ...context.records, writeOnce: died } };
    await expect(watchAt(evening(14), notWritten)).rejects.toThrow('died');
    expect(await open()).toHaveLength(1);
    expect(await watchAt(evening(14) + 2 * MINUTE, COLD())).toEqual([['BackupOverdue', 'sql01']]);
    await ran([evening(14) + HOUR]);
    const notForgotten = { ...COLD(), overdues: { ...context.overdues, remove: died } };
    await expect(watchAt(evening(14) + 2 * HOUR, notForgotten)).rejects.toThrow('died');
    expect(await open()).toHaveLength(1);
    expect(await watchAt(evening(14) + 3 * HOUR, COLD())).toEqual([]);
    expect(await open()).toEqual([]);
  });

  it('names each backup once when a run dies while noting what is overdue', async () => {
    const { ran, watchAt, context, intents } = await setUp();
    for (const clientName of ['a', 'b', 'c']) await ran(days(12).map(evening), { clientName });
    const put: typeof context.overdues.put = (state) =>
      state.client === 'b' ? Promise.reject(new Error('died')) : context.overdues.put(state);
    await expect(watchAt(evening(14), { overdues: { ...context.overdues, put } })).rejects.toThrow('died');
    await watchAt(evening(14) + 2 * MINUTE, COLD());
    await watchAt(evening(14) + 4 * HOUR, COLD());
    expect((await intents()).flatMap(({ backups }) => backups.map(({ client }) => client)).sort()).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  it('waits until all backups of a primary are checked; the next run continues where the last one stopped', async () => {
    const { ran, watchAt, context } = await setUp();
    for (const clientName of ['a', 'b']) await ran(days(12).map(evening), { clientName });
    const asked: string[] = [];
    const series: WatchContext['series'] = {
      ...context.series,
      habit(one, ...rest) {
        asked.push(one.clientName);
        return context.series.habit(one, ...rest);
      },
    };
    expect(await watchAt(evening(14), { series }, () => (asked.length === 0 ? 50_000 : 15_000))).toEqual([]);
    expect(await watchAt(evening(14) + MINUTE, { series })).toEqual([['BackupOverdue', 'a', 'b']]);
    expect(asked.toSorted()).toEqual(['a', 'b']);
    expect(said.map(([text]) => text)).toContainEqual(expect.stringContaining('ran out of time'));
  });

  it('neither adds nor forgets a backup because an index missed it', async () => {
    const { ran, watchAt, context, expectations, open } = await setUp();
    await ran(days(12).map(evening), { clientName: 'late' });
    await ran([evening(13)], { clientName: 'seen' });
    await watchAt(evening(13) + 5 * HOUR);
    expect(await open()).toHaveLength(1);
    await expectations.declare({ primary: 'demo', client: 'seen', policy: 'Nightly' }, 2 * DAY, MONDAY);
    let asked = 0;
    const series: WatchContext['series'] = {
      ...context.series,
      async *withoutUsableRunSince(...of) {
        // The index finds nothing the first time.
        if (++asked > 1) yield* context.series.withoutUsableRunSince(...of);
      },
    };
    expect(await watchAt(evening(14), { series })).toEqual([]);
    expect(asked).toBe(2);
    expect(await open()).toMatchObject([{ client: 'late' }]);
  });

  it('is sent for one primary although another cannot be checked', async () => {
    const { ran, watchAt, context } = await setUp(endpointOf('broken'), endpointOf('demo'));
    await ran(days(12).map(evening));
    const list: typeof context.overdues.list = (primary) => {
      if (primary === 'broken') throw new Error('broken');
      return context.overdues.list(primary);
    };
    await expect(watchAt(evening(14), { overdues: { ...context.overdues, list } })).rejects.toThrow('broken');
    expect(
      await context.records.read({ pk: 'notice#2026-11-16', sk: `intent#BackupOverdue#demo#${evening(14)}` }),
    ).toBeDefined();
  });

  it('fits into an item however many backups there are, and counts those it leaves out', async () => {
    const { context, intents, clock } = await setUp();
    clock.now = evening(14);
    const policy = '"'.repeat(512);
    const declared = days(700).map((n) => ({
      ...{ primary: 'demo', client: `c${n}`.padEnd(512, '"'), policy, every: HOUR, declaredAt: MONDAY },
    }));
    async function* list() {
      yield* declared;
    }
    const put = async () => {};
    await watchOverdue({ ...context, expectations: { list }, overdues: { ...context.overdues, put } }, PLENTY);
    const [intent] = await intents();
    expect(intent?.backups.length).toBeGreaterThan(80);
    expect((intent?.backups.length ?? 0) + (intent?.leftOut ?? 0)).toBe(700);
  });
});

describe('declarations and retirements:', () => {
  it('a retired backup is no longer overdue, without a message, until it runs again', async () => {
    const { ran, watchAt, expectations, open } = await setUp();
    await ran(days(12).map(evening));
    await ran(days(12).map(evening), { policyName: 'Weekly' });
    await watchAt(evening(14));
    expect(await open()).toHaveLength(2);
    await expectations.retire({ primary: 'demo', client: 'SQL01', policy: 'nightly' }, evening(14) + HOUR);
    expect(await watchAt(evening(14) + 2 * HOUR)).toEqual([]);
    expect(await open()).toMatchObject([{ policy: 'Weekly' }]);
    await expectations.retire({ primary: 'demo', client: 'SQL01' }, evening(14) + 2 * HOUR);
    expect(await watchAt(evening(14) + 3 * HOUR)).toEqual([]);
    expect(await open()).toEqual([]);
    await ran([evening(20)], { policyName: 'Weekly' });
    expect(await watchAt(evening(20) + 51 * HOUR)).toEqual([]);
    // The gap before this run is among the last ten, but came only once.
    expect(await watchAt(evening(23))).toEqual([['BackupOverdue', 'sql01']]);
  });

  it('a declared backup that was never seen becomes overdue, counted from its declaration', async () => {
    const { ran, watchAt, expectations, intents } = await setUp();
    const backups = { primary: 'demo', client: 'New01', policy: 'Nightly' };
    await expectations.declare(backups, 30 * HOUR, MONDAY);
    expect(await watchAt(MONDAY + 30 * HOUR)).toEqual([]);
    expect(await watchAt(MONDAY + 30 * HOUR + 10 * MINUTE)).toEqual([['BackupOverdue', 'New01']]);
    expect(await intents()).toMatchObject([
      { backups: [{ rule: 'declared', lastUsableAt: 0, since: MONDAY, limit: 30 * HOUR, policy: 'Nightly' }] },
    ]);
    await ran([MONDAY + 31 * HOUR], { clientName: 'new01', policyName: 'nightly', scheduleType: 'ST_DIFF_INCR' });
    expect(await watchAt(MONDAY + 32 * HOUR)).toEqual([['BackupResumed', 'New01']]);
    expect(await watchAt(MONDAY + 62 * HOUR)).toEqual([['BackupOverdue', 'New01']]);
  });

  it('a declaration replaces the habit until it is removed, and any run of the policy satisfies it', async () => {
    const { ran, watchAt, expectations, open } = await setUp();
    await ran(days(12).map(evening));
    const backups = { primary: 'demo', client: 'sql01', policy: 'nightly' };
    await expectations.declare(backups, 8 * DAY, evening(5));
    expect(await watchAt(evening(18))).toEqual([]);
    await ran([evening(18)], { scheduleType: 'ST_DIFF_INCR' });
    expect(await watchAt(evening(26))).toEqual([]);
    expect(await watchAt(evening(26) + HOUR)).toEqual([['BackupOverdue', 'sql01']]);
    await expectations.declare(backups, 30 * DAY, evening(27));
    expect(await watchAt(evening(27) + HOUR)).toEqual([]);
    expect(await open()).toEqual([]);
    expect(await watchAt(evening(49))).toEqual([['BackupOverdue', 'sql01']]);
    await expectations.remove(backups);
    // Its habit counts again.
    expect(await watchAt(evening(50))).toEqual([['BackupOverdue', 'sql01']]);
    expect(await open()).toMatchObject([{ rule: 'habit', scheduleType: 'ST_FULL' }]);
  });

  it('a declared backup that is retired is not overdue until it is declared again or runs', async () => {
    const { ran, watchAt, expectations, open } = await setUp();
    const backups = { primary: 'demo', client: 'sql01', policy: 'nightly' };
    await expectations.declare(backups, DAY, MONDAY);
    await expectations.retire({ primary: 'demo', client: 'sql01' }, evening(1));
    expect(await watchAt(evening(5))).toEqual([]);
    await ran([evening(6)]);
    expect(await watchAt(evening(8))).toEqual([['BackupOverdue', 'sql01']]);
    await expectations.retire(backups, evening(9));
    expect(await watchAt(evening(10))).toEqual([]);
    expect(await open()).toEqual([]);
    await expectations.declare(backups, DAY, evening(11));
    expect(await watchAt(evening(13))).toEqual([['BackupOverdue', 'sql01']]);
  });

  it('a retirement does not affect other primaries', async () => {
    const { ran, watchAt, expectations } = await setUp(endpointOf('demo'), endpointOf('dr'));
    await ran(days(12).map(evening), { primary: 'dr' });
    await expectations.retire({ primary: 'demo', client: 'sql01' }, evening(20));
    expect(await watchAt(evening(14))).toEqual([['BackupOverdue', 'sql01']]);
  });
});

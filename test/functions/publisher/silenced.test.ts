import { describe, expect, it } from 'vitest';
import { failureItem, type JobRecoveredIntent, noticeItem } from '../../../functions/alerts/intent.ts';
import type { Outbox } from '../../../functions/alerts/outbox.ts';
import type { ItemKey } from '../../../functions/keys/tables.ts';
import type { Silence } from '../../../functions/silences/silence.ts';
import { type Content, jobFact, RECEIVED } from '../support.ts';
import { MINUTE, setUp } from './publishing.ts';

type Test = Awaited<ReturnType<typeof setUp>>;
/** How a failure differs from the usual one. */
type Other = Content & { since?: number; failures?: number };

const BACKUP = {
  ...{ clientName: 'sql01', policyName: 'nightly', policyType: 'STANDARD', scheduleType: 'ST_FULL', jobType: 'BACKUP' },
};

describe('a silence', () => {
  const silence: Silence = {
    ...{ id: 'abc', reason: 'new tapes', createdAt: RECEIVED, from: RECEIVED, until: RECEIVED + 10 * MINUTE },
    ...{ zone: 'UTC', client: 'SQL01' },
  };

  it('holds back what it covers and nothing else, and sends it when it is over', async () => {
    const { intent, run, kinds, jobs, silences, clock, outbox, pending } = await setUp();
    silences.push(silence);
    const held = await intent({ jobId: 1, clientName: 'sql01' });
    await intent({ jobId: 2, clientName: 'web01' });
    expect(await run()).toEqual({ outcome: 'done', published: 1 });
    expect(jobs()).toEqual([2]);
    expect(await pending()).toEqual([]);
    expect(await Array.fromAsync(outbox.heldBy('abc'))).toEqual([held]);
    clock.now += 10 * MINUTE;
    expect(await run()).toEqual({ outcome: 'done', published: 1 });
    expect(kinds()).toEqual(['JobFailed', 'SilenceEnded']);
    expect(jobs()).toEqual([1, 2]);
    expect(await Array.fromAsync(outbox.heldBy('abc'))).toEqual([]);
    expect(await run()).toEqual({ outcome: 'done', published: 0 });
  });

  /** A backup of sql01 failed just now: the first failure of its streak, or a later one. */
  const failure = (test: Test, jobId: number, { since = test.clock.now, failures = 1, ...other }: Other = {}) => {
    const fact = jobFact({ ...BACKUP, jobId, parentJobId: jobId, ...other }, { receivedAt: test.clock.now });
    return test.put({ ...failureItem(fact, { failures, failingSince: since, lastUsableAt: 0 }) });
  };
  /** The backup succeeded just now and ended these failures, which began at `since`. */
  const recovery = (test: Test, jobId: number, ended: readonly ItemKey[], since = RECEIVED, other: Content = {}) => {
    const run = { ...BACKUP, ...other, jobId, startTime: 5, status: 0, requestId: 'r', receivedAt: test.clock.now };
    const series = { failures: ended.length, failingSince: since, lastUsableAt: 0 };
    const failures = { series, statuses: [156], silenced: 0, endedFailures: [...ended] };
    const intent = { kind: 'JobRecovered' as const, primary: 'demo', ...run, ...failures };
    return test.put(noticeItem<JobRecoveredIntent>(intent, ['demo', jobId]));
  };
  const later = (minutes: number, other: object = {}): Silence => ({
    ...{ ...silence, until: RECEIVED + minutes * MINUTE, ...other },
  });

  it('holds a recovery back only if people were alerted to none of its failures', async () => {
    const test = await setUp();
    const { clock, run, kinds, silences } = test;
    const told = await failure(test, 1);
    await run();
    // Made later, for a time that has already begun: the alert that people got still counts.
    silences.push(later(300, { from: RECEIVED - MINUTE }));
    clock.now += 60 * MINUTE;
    await recovery(test, 2, [told]);
    await run();
    expect(kinds()).toEqual(['JobFailed', 'JobRecovered']);
    const since = clock.now;
    const untold = await failure(test, 3);
    await run();
    clock.now += MINUTE;
    const held = await recovery(test, 4, [untold], since);
    await run();
    expect(kinds()).toEqual(['JobFailed', 'JobRecovered']);
    expect(await Array.fromAsync(test.outbox.heldBy('abc'))).toContainEqual(held);
    clock.now = RECEIVED + 301 * MINUTE;
    await run();
    expect(kinds()).toEqual(['JobFailed', 'JobRecovered', 'SilenceEnded']);
    expect(test.jobs()).toEqual([1, 2, 3, 4]);
  });

  it('that has ended sends what it held back before a recovery that came a moment later', async () => {
    const test = await setUp();
    test.silences.push(silence);
    const failed = await failure(test, 1);
    await test.run();
    test.clock.now += 10 * MINUTE + 5_000;
    await recovery(test, 2, [failed]);
    await test.run();
    test.clock.now += MINUTE;
    await test.run();
    expect(test.kinds()).toEqual(['SilenceEnded', 'JobRecovered']);
  });

  it('that is over still takes a failure from before its end, and sends it before its recovery', async () => {
    const test = await setUp();
    test.silences.push(silence);
    const failed = await failure(test, 1);
    test.clock.now += 11 * MINUTE;
    await recovery(test, 2, [failed]);
    for (let minute = 0; minute < 3; minute++, test.clock.now += MINUTE) await test.run();
    expect(test.kinds()).toEqual(['SilenceEnded', 'JobRecovered']);
  });

  it.each([
    ['for one of two statuses does not', ['156'], ['JobFailed', 'JobRecovered']],
    ['for each of two statuses does', ['156', '13'], []],
  ])('%s hold back the recovery of failures with both', async (_, statuses, atOnce) => {
    const test = await setUp();
    const { clock, run, kinds } = test;
    for (const status of statuses) test.silences.push(later(60, { id: `of ${status}`, status }));
    const first = await failure(test, 1);
    await run();
    clock.now += 10 * MINUTE;
    const second = await failure(test, 2, { since: RECEIVED, failures: 2, status: 13 });
    await run();
    clock.now += 10 * MINUTE;
    await recovery(test, 3, [first, second]);
    await run();
    expect(kinds()).toEqual(atOnce);
    for (clock.now = RECEIVED + 60 * MINUTE; clock.now < RECEIVED + 70 * MINUTE; clock.now += MINUTE) await run();
    const of = (message: { told: object }, kind: string) => JSON.stringify(message.told).includes(kind);
    const told = test.published.filter(({ topic }) => topic === 'alerts');
    // The recovery comes last, however its failures are sent.
    if (statuses.length === 2) expect(told.findIndex((one) => of(one, '"jobId":3'))).toBe(told.length - 1);
    expect(test.jobs()).toEqual([1, 2, 3]);
  });

  it('hands what it holds back to the silence that follows it, which also holds back later recoveries', async () => {
    const test = await setUp();
    const { clock, run, kinds } = test;
    const next = { id: 'next', from: RECEIVED + 80 * MINUTE };
    test.silences.push(later(90), later(300, next));
    const [nightly, weekly, monthly] = [
      await failure(test, 1),
      await failure(test, 2, { policyName: 'weekly' }),
      await failure(test, 3, { policyName: 'monthly' }),
    ];
    await run();
    clock.now = RECEIVED + 60 * MINUTE;
    await recovery(test, 9, [nightly]);
    await run();
    clock.now = RECEIVED + 91 * MINUTE;
    // Right before the run that hands over.
    await recovery(test, 11, [monthly], RECEIVED, { policyName: 'monthly' });
    await run();
    expect(await Array.fromAsync(test.outbox.heldBy('next'))).toHaveLength(4);
    clock.now = RECEIVED + 100 * MINUTE;
    await recovery(test, 10, [weekly], RECEIVED, { policyName: 'weekly' });
    await run();
    expect(kinds()).toEqual([]);
    clock.now = RECEIVED + 301 * MINUTE;
    await run();
    expect(kinds()).toEqual(['SilenceEnded']);
    expect(test.jobs()).toEqual([1, 2, 3, 9, 10, 11]);
  });

  it('hands a recovery over after its failure, even if the run died in between', async () => {
    const test = await setUp();
    const { clock, run, kinds, outbox } = test;
    test.silences.push(later(90), later(300, { id: 'next', from: RECEIVED + 80 * MINUTE }));
    const failed = await failure(test, 1);
    await run();
    clock.now += MINUTE;
    await recovery(test, 2, [failed]);
    await run();
    clock.now = RECEIVED + 91 * MINUTE;
    const hold: Outbox['hold'] = async (id) => {
      await outbox.hold(id, [failed]);
      throw new Error('died');
    };
    await expect(run([], { outbox: { ...outbox, hold } })).rejects.toThrow('died');
    await run();
    expect(kinds()).toEqual([]);
    expect(await Array.fromAsync(outbox.heldBy('next'))).toHaveLength(2);
  });

  it('holds a recovery back, and sends it last, while the index does not yet show its failure', async () => {
    const test = await setUp();
    const { clock, run, kinds, outbox } = test;
    test.silences.push(silence);
    const lagging = { ...outbox, async *heldBy() {} };
    clock.now += 8 * MINUTE;
    const failed = await failure(test, 1);
    await run([], { outbox: lagging });
    clock.now += MINUTE;
    await recovery(test, 2, [failed]);
    await run([], { outbox: lagging });
    expect(kinds()).toEqual([]);
    const late = await failure(test, 3, { policyName: 'weekly' });
    await run([], { outbox: lagging });
    clock.now = RECEIVED + 10 * MINUTE;
    await recovery(test, 4, [late], RECEIVED, { policyName: 'weekly' });
    await run([], { outbox: lagging });
    expect(kinds()).toEqual([]);
    for (let minute = 0; minute < 3; minute++, clock.now += MINUTE) await run();
    expect(kinds()).toEqual(['SilenceEnded', 'JobRecovered']);
    expect(test.jobs()).toEqual([1, 2, 3, 4]);
  });

  it('is not needed for a recovery to wait for a failure that the index does not show yet', async () => {
    const test = await setUp();
    const failed = await failure(test, 1);
    const after = await recovery(test, 2, [failed]);
    const pending = async function* () {
      yield after;
    };
    await test.run([], { outbox: { ...test.outbox, pending } });
    expect(test.kinds()).toEqual([]);
    await test.run();
    expect(test.kinds()).toEqual(['JobFailed', 'JobRecovered']);
  });

  it('loses nothing if the publisher dies while the silence takes a failure', async () => {
    for (const when of ['before', 'after']) {
      const { intent, run, jobs, silences, clock, outbox } = await setUp();
      silences.push(silence);
      await intent({ jobId: 1, clientName: 'sql01' });
      const hold: Outbox['hold'] = async (id, places) => {
        if (when === 'after') await outbox.hold(id, places);
        throw new Error('killed');
      };
      await expect(run([], { outbox: { ...outbox, hold } })).rejects.toThrow('killed');
      clock.now += 10 * MINUTE;
      await run();
      expect(jobs()).toEqual([1]);
    }
  });

  it('that somebody deleted sends what it held back', async () => {
    const { intent, run, kinds, silences } = await setUp();
    silences.push(silence);
    await intent({ jobId: 1, clientName: 'sql01' });
    await run();
    silences.length = 0;
    await run();
    expect(kinds()).toEqual(['SilenceEnded']);
  });

  it('that held nothing back ends without a message', async () => {
    const { run, silences, clock, kinds } = await setUp();
    silences.push(silence);
    await run();
    clock.now += 10 * MINUTE;
    expect(await run()).toEqual({ outcome: 'done', published: 0 });
    expect(kinds()).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { failureItem, type JobRecoveredIntent, noticeItem } from '../../../functions/alerts/intent.ts';
import type { Outbox } from '../../../functions/alerts/outbox.ts';
import type { Silence } from '../../../functions/silences/silence.ts';
import { type Content, jobFact, RECEIVED } from '../support.ts';
import { MINUTE, setUp } from './publishing.ts';

type Test = Awaited<ReturnType<typeof setUp>>;
/** What is not as usual of a failure. */
type Other = Content & { since?: number; failures?: number };

const BACKUP = {
  ...{ clientName: 'sql01', policyName: 'nightly', policyType: 'STANDARD', scheduleType: 'ST_FULL', jobType: 'BACKUP' },
};

describe('a silence', () => {
  const silence: Silence = {
    ...{ id: 'abc', reason: 'new tapes', createdAt: RECEIVED, from: RECEIVED, until: RECEIVED + 10 * MINUTE },
    ...{ zone: 'UTC', client: 'SQL01' },
  };

  it('keeps back what it covers, tells it when it is over, and nothing else waits for it', async () => {
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

  /** A backup of sql01 failed just now, as the first of its series to do so, or as one more after that. */
  const failure = (test: Test, jobId: number, { since = test.clock.now, failures = 1, ...other }: Other = {}) => {
    const fact = jobFact({ ...BACKUP, jobId, parentJobId: jobId, ...other }, { receivedAt: test.clock.now });
    return test.put({ ...failureItem(fact, { failures, failingSince: since, lastUsableAt: 0 }) });
  };
  /** It ran well just now, after failures that began at a time. */
  const recovery = (test: Test, jobId: number, since: number, statuses = [156], other: Content = {}) => {
    const run = { ...BACKUP, ...other, jobId, startTime: 5, status: 0, requestId: 'r', receivedAt: test.clock.now };
    const series = { failures: statuses.length, failingSince: since, lastUsableAt: 0 };
    const intent = { kind: 'JobRecovered' as const, primary: 'demo', ...run, series, statuses, silenced: 0 };
    return test.put(noticeItem<JobRecoveredIntent>(intent, ['demo', jobId]));
  };
  const later = (minutes: number, other: object = {}): Silence => ({
    ...{ ...silence, until: RECEIVED + minutes * MINUTE, ...other },
  });

  it('keeps a recovery back only when it kept back the first failure', async () => {
    const test = await setUp();
    const { clock, run, kinds, silences } = test;
    await failure(test, 1);
    await run();
    // Made later, for a time that has begun before: what people were told stays told.
    silences.push(later(300, { from: RECEIVED - MINUTE }));
    clock.now += 60 * MINUTE;
    await recovery(test, 2, RECEIVED);
    await run();
    expect(kinds()).toEqual(['JobFailed', 'JobRecovered']);
    const since = clock.now;
    await failure(test, 3);
    await run();
    clock.now += MINUTE;
    const held = await recovery(test, 4, since);
    await run();
    expect(kinds()).toEqual(['JobFailed', 'JobRecovered']);
    expect(await Array.fromAsync(test.outbox.heldBy('abc'))).toContainEqual(held);
    clock.now = RECEIVED + 301 * MINUTE;
    await run();
    expect(kinds()).toEqual(['JobFailed', 'JobRecovered', 'SilenceEnded']);
    expect(test.jobs()).toEqual([1, 2, 3, 4]);
  });

  it('that has ended tells what it held before the recovery that came a moment later', async () => {
    const test = await setUp();
    test.silences.push(silence);
    await failure(test, 1);
    await test.run();
    test.clock.now += 10 * MINUTE + 5_000;
    await recovery(test, 2, RECEIVED);
    await test.run();
    test.clock.now += MINUTE;
    await test.run();
    expect(test.kinds()).toEqual(['SilenceEnded', 'JobRecovered']);
  });

  it.each([
    ['of the first status', ['156']],
    ['of each', ['156', '13']],
  ])('%s of two keeps back the recovery with the first of them', async (_, statuses) => {
    const test = await setUp();
    const { clock, run, kinds } = test;
    for (const status of statuses) test.silences.push(later(60, { id: `of ${status}`, status }));
    await failure(test, 1);
    await run();
    clock.now += 10 * MINUTE;
    await failure(test, 2, { since: RECEIVED, failures: 2, status: 13 });
    await run();
    clock.now += 10 * MINUTE;
    await recovery(test, 3, RECEIVED, [13, 156]);
    await run();
    const before = statuses.length === 1 ? ['JobFailed'] : [];
    expect(kinds()).toEqual(before);
    for (clock.now = RECEIVED + 60 * MINUTE; clock.now < RECEIVED + 70 * MINUTE; clock.now += MINUTE) await run();
    expect(kinds().filter((kind) => kind === 'JobRecovered')).toEqual([]);
    expect(test.jobs()).toEqual([1, 2, 3]);
  });

  it('that another one follows hands over what it keeps back, recoveries that came and those to come', async () => {
    const test = await setUp();
    const { clock, run, kinds } = test;
    const next = { id: 'next', from: RECEIVED + 80 * MINUTE };
    test.silences.push(later(90), later(300, next));
    await failure(test, 1);
    await failure(test, 2, { policyName: 'weekly' });
    await run();
    clock.now = RECEIVED + 60 * MINUTE;
    await recovery(test, 9, RECEIVED);
    await run();
    clock.now = RECEIVED + 91 * MINUTE;
    await run();
    expect(await Array.fromAsync(test.outbox.heldBy('next'))).toHaveLength(3);
    clock.now = RECEIVED + 100 * MINUTE;
    await recovery(test, 10, RECEIVED, [156], { policyName: 'weekly' });
    await run();
    expect(kinds()).toEqual([]);
    clock.now = RECEIVED + 301 * MINUTE;
    await run();
    expect(kinds()).toEqual(['SilenceEnded']);
    expect(test.jobs()).toEqual([1, 2, 9, 10]);
  });

  it('loses nothing that it holds when the publisher dies while it takes it', async () => {
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

  it('that somebody deleted tells what it held', async () => {
    const { intent, run, kinds, silences } = await setUp();
    silences.push(silence);
    await intent({ jobId: 1, clientName: 'sql01' });
    await run();
    silences.length = 0;
    await run();
    expect(kinds()).toEqual(['SilenceEnded']);
  });

  it('that held nothing ends without a word', async () => {
    const { run, silences, clock, kinds } = await setUp();
    silences.push(silence);
    await run();
    clock.now += 10 * MINUTE;
    expect(await run()).toEqual({ outcome: 'done', published: 0 });
    expect(kinds()).toEqual([]);
  });
});

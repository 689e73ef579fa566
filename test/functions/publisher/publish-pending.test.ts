import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Outbox } from '../../../functions/alerts/outbox.ts';
import { messageKey } from '../../../functions/keys/records.ts';
import type { PublisherContext } from '../../../functions/publisher/context.ts';
import { publishPending } from '../../../functions/publisher/publish-pending.ts';
import { keptAtOf } from '../../../functions/publisher/state.ts';
import { log } from '../../../functions/runtime/log.ts';
import type { Silence } from '../../../functions/silences/silence.ts';
import { must, RECEIVED } from '../support.ts';

import { idFor, MINUTE, setUp } from './publishing.ts';

it('a storm ends when nothing more comes, even if only the schedule wakes the publisher', async () => {
  const { clock, intent, run, kinds, pending } = await setUp();
  const places = await Array.fromAsync({ length: 10 }, (_, index) => intent({ jobId: index + 1 }));
  await run(places);
  for (let minute = 0; minute < 40; minute++) {
    clock.now += MINUTE;
    await run();
  }
  expect(await pending()).toEqual([]);
  const before = kinds().length;
  clock.now += 9 * 60 * MINUTE;
  await run([await intent({ jobId: 101 }), await intent({ jobId: 102 })]);
  for (const jobId of [103, 104]) {
    clock.now += MINUTE;
    await run([await intent({ jobId })]);
  }
  expect(kinds().slice(before)).toEqual(['JobFailed', 'JobFailed', 'JobFailed', 'JobFailed']);
});

describe('a failure', () => {
  it('is written down whole, published to alerts and chat, marked, and no longer pending', async () => {
    const { intent, run, published, pending, items, clock } = await setUp();
    const place = await intent({ jobId: 1 });
    expect(await run()).toEqual({ outcome: 'done', published: 1 });
    const id = idFor(place);
    expect(published).toMatchObject([
      { topic: 'alerts', told: { id, kind: 'JobFailed' } },
      { topic: 'chat', told: { id } },
    ]);
    expect(await pending()).toEqual([]);
    const kept = must((await items()).find(({ pk }) => pk === messageKey(id).pk));
    expect(kept).toMatchObject({
      ...{ sk: id, format: 1, kind: 'JobFailed', severity: 'error', members: [place], topics: ['alerts', 'chat'] },
      ...{ writtenAt: clock.now, publishedAt: clock.now, snsMessageIds: { alerts: 'sns-1', chat: 'sns-2' } },
      ...{ subject: expect.any(String), text: expect.any(String), expiresAt: expect.any(Number) },
    });
    const told = (await items()).find(({ pk, sk }) => pk === place.pk && sk === place.sk);
    expect(told).toMatchObject({ message: id, kind: 'JobFailed' });
    expect(told).not.toHaveProperty('pending');
    expect(told).not.toHaveProperty('pendingSince');
  });

  it('is published once, however often the publisher is woken for it', async () => {
    const { intent, run, jobs } = await setUp();
    const place = await intent({ jobId: 1 });
    await run([place, place, { pk: 'job#demo#none', sk: 'intent#x' }]);
    expect(await run([place])).toEqual({ outcome: 'done', published: 0 });
    expect(await run()).toEqual({ outcome: 'done', published: 0 });
    expect(jobs()).toEqual([1]);
  });

  it('that is a warning goes to programs alone, a minute later', async () => {
    const { intent, run, published, clock } = await setUp();
    await intent({ jobId: 1, status: 1 });
    expect(await run()).toEqual({ outcome: 'done', published: 0 });
    clock.now += MINUTE;
    expect(await run()).toEqual({ outcome: 'done', published: 1 });
    expect(published).toMatchObject([{ topic: 'alerts', told: { severity: 'warning' } }]);
  });

  it.each([
    ['of another kind', { kind: 'NewKind' }],
    ['whose entry is no JSON', { entry: '{' }],
    ['whose request has no id', { requestId: 7 }],
  ])('that cannot be read is logged by its key and stays pending; the rest is published: %s', async (_, odd) => {
    const { intent, run, jobs, pending } = await setUp();
    const error = vi.spyOn(log, 'error').mockReturnValue();
    onTestFinished(() => error.mockRestore());
    const poison = await intent({ jobId: 1 }, odd);
    await intent({ jobId: 2 });
    expect(await run([poison])).toEqual({ outcome: 'done', published: 1 });
    expect(jobs()).toEqual([2]);
    expect(await pending()).toEqual([poison]);
    expect(error).toHaveBeenCalledWith(expect.any(String), expect.objectContaining(poison));
  });
});

describe('many failures', () => {
  it('are five messages and, a minute later, a digest, whose storm is remembered', async () => {
    const { intent, run, kinds, jobs, clock, outbox } = await setUp();
    for (let jobId = 1; jobId <= 30; jobId++) await intent({ jobId });
    expect(await run()).toEqual({ outcome: 'done', published: 5 });
    expect(await run()).toEqual({ outcome: 'done', published: 0 });
    clock.now += MINUTE;
    expect(await run()).toEqual({ outcome: 'done', published: 1 });
    expect(kinds()).toEqual([...Array(5).fill('JobFailed'), 'FailureDigest']);
    expect(jobs()).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    expect((await outbox.remembered()).memory).toMatchObject({ storms: { failures: { since: RECEIVED, digests: 1 } } });
  });

  it('that wait for a digest are noted as kept on purpose, at most once a minute, until none is left', async () => {
    const { intent, run, clock, outbox } = await setUp();
    const keptAt = async () => keptAtOf((await outbox.remembered()).memory);
    for (let jobId = 1; jobId <= 5; jobId++) await intent({ jobId });
    await run();
    expect(await keptAt()).toBeUndefined();
    for (let jobId = 6; jobId <= 9; jobId++) await intent({ jobId });
    await run();
    expect(await keptAt()).toBe(RECEIVED);
    clock.now += MINUTE - 1;
    await run();
    expect(await keptAt()).toBe(RECEIVED);
    clock.now += 1;
    await run();
    expect(await keptAt()).toBeUndefined();
    await intent({ jobId: 10 });
    await run();
    clock.now += 2 * MINUTE;
    await run();
    expect(await keptAt()).toBe(clock.now);
  });

  it('that the publisher cannot publish do not count as kept on purpose', async () => {
    const { intent, run, outbox } = await setUp();
    await intent({ jobId: 1 });
    const refuses = async () => {
      throw new Error('refused');
    };
    await expect(run([], { publish: refuses })).rejects.toThrow('refused');
    await expect(run([], { publish: refuses })).rejects.toThrow('refused');
    expect(keptAtOf((await outbox.remembered()).memory)).toBeUndefined();
  });

  it('of a parent and its children are one message', async () => {
    const { intent, run, kinds } = await setUp();
    for (let jobId = 101; jobId <= 110; jobId++) await intent({ jobId, parentJobId: 100 });
    expect(await run()).toEqual({ outcome: 'done', published: 0 });
    await intent({ jobId: 100 });
    await run();
    expect(kinds()).toEqual(['JobFailed']);
  });
});

describe('an alert of the canary', () => {
  it('goes to the probe alone, is not listed among the messages that people got, and is kept for a day', async () => {
    const { intent, run, published, items, outbox, pending, clock } = await setUp();
    await intent({ jobId: 1 }, { primary: 'canary' });
    await intent({ jobId: 2 });
    await run();
    expect(published.map(({ topic, told }) => [topic, told.primary])).toEqual([
      ['alerts', 'demo'],
      ['chat', 'demo'],
      ['probe', 'canary'],
    ]);
    expect(await pending()).toEqual([]);
    expect((await outbox.remembered()).memory).toMatchObject({ sent: [{ to: ['alerts', 'chat'] }] });
    const kept = await items();
    expect(kept.filter(({ pk }) => String(pk).startsWith('sent#'))).toHaveLength(1);
    const message = must(kept.find(({ topics }) => Array.isArray(topics) && topics.includes('probe')));
    expect(message).toMatchObject({ publishedAt: clock.now, expiresAt: Math.floor(clock.now / 1000) + 86_400 });
  });

  it('delays nothing if its topic fails, is sent once if that ends in time, and is given up after five minutes', async () => {
    const { intent, run, published, context, outbox, pending, jobs, clock } = await setUp();
    const error = vi.spyOn(log, 'error').mockReturnValue();
    onTestFinished(() => error.mockRestore());
    const publish: PublisherContext['publish'] = async (topic, message) => {
      if (topic === 'probe') throw new Error('no such topic');
      return context.publish(topic, message);
    };
    await intent({ jobId: 1 }, { primary: 'canary' });
    expect(await run([], { publish })).toMatchObject({ outcome: 'done' });
    clock.now += MINUTE;
    await intent({ jobId: 2 });
    await run([], { publish });
    expect(jobs()).toEqual([2]);
    await run();
    expect(published.filter(({ topic }) => topic === 'probe')).toHaveLength(1);
    await intent({ jobId: 3 }, { primary: 'canary' });
    await run([], { publish });
    clock.now += 5 * MINUTE;
    await run([], { publish });
    expect([...(await outbox.remembered()).unpublished, ...(await pending())]).toEqual([]);
    await run();
    expect(published.filter(({ topic }) => topic === 'probe')).toHaveLength(1);
  });
});

describe('the lease of the publisher', () => {
  it('keeps any other publisher busy until it runs out', async () => {
    const { intent, run, outbox, clock, jobs } = await setUp();
    await intent({ jobId: 1 });
    expect(await outbox.lease('other', clock.now, clock.now + MINUTE)).toBe(true);
    expect(await run()).toEqual({ outcome: 'busy', published: 0 });
    clock.now += MINUTE - 1;
    expect(await run()).toEqual({ outcome: 'busy', published: 0 });
    clock.now += 1;
    expect(await run()).toEqual({ outcome: 'done', published: 1 });
    expect(jobs()).toEqual([1]);
  });

  it('is free after a run, and is not released by a publisher that no longer holds it', async () => {
    const { intent, outbox, run, items, clock } = await setUp();
    await run([await intent({ jobId: 1 })]);
    expect((await items()).filter(({ pk }) => pk === 'lease#publisher')).toEqual([]);
    await outbox.lease('new', clock.now, clock.now + MINUTE);
    await outbox.release('old');
    const lease = (await items()).find(({ pk }) => pk === 'lease#publisher');
    expect(lease).toMatchObject({ holder: 'new', until: clock.now + MINUTE });
  });

  it('is taken in each minute in which something waits, and in no other', async () => {
    const { intent, run, outbox, silences, clock } = await setUp();
    const lease = vi.fn(outbox.lease);
    const minute = async () => {
      lease.mockClear();
      await run([], { outbox: { ...outbox, lease } });
      clock.now += MINUTE;
      return lease.mock.calls.length;
    };
    expect(await minute()).toBe(0);
    // A warning waits for its minute; a silence holds back what it covers, and sends it when it is over.
    await intent({ jobId: 1, status: 1 });
    expect([await minute(), await minute(), await minute()]).toEqual([1, 1, 0]);
    silences.push({ id: 's', reason: 'r', createdAt: 0, from: 0, until: clock.now + 2 * MINUTE, zone: 'UTC' });
    await intent({ jobId: 2 });
    expect([await minute(), await minute(), await minute()]).toEqual([1, 1, 1]);
    // A publisher that died after writing a message down left it among the unpublished.
    const { memory } = await outbox.remembered();
    await intent({ jobId: 3 });
    const publish = () => Promise.reject(new Error('no such topic'));
    await expect(run([], { publish })).rejects.toThrow('no such topic');
    expect(memory).toBeDefined();
    expect(await minute()).toBe(1);
  });

  it('lets each failure be published once, however many publishers run and in whatever order they call', async () => {
    const { intent, context, clock, jobs, pending, published } = await setUp();
    let job = 0;
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 4 }), async (scheduler, publishers) => {
        // An hour later, the budget is full again.
        clock.now += 60 * MINUTE;
        const mine = [++job, ++job];
        const places = [await intent({ jobId: mine[0] }), await intent({ jobId: mine[1] })];
        published.length = 0;
        const turn = <A extends unknown[], R>(port: (...args: A) => Promise<R>) => scheduler.scheduleFunction(port);
        const { lease, release, remembered, waitingAt, writeDown, message, markPublished } = context.outbox;
        const outbox: Outbox = {
          ...context.outbox,
          ...{ lease: turn(lease), release: turn(release), remembered: turn(remembered), waitingAt: turn(waitingAt) },
          ...{ writeDown: turn(writeDown), message: turn(message), markPublished: turn(markPublished) },
        };
        const all = Array.from({ length: publishers }, () =>
          publishPending({ ...context, outbox, publish: turn(context.publish) }, places, clock.now + MINUTE),
        );
        const outcomes = await scheduler.waitFor(Promise.all(all));
        expect(jobs()).toEqual(mine);
        expect(outcomes.reduce((sum, outcome) => sum + outcome.published, 0)).toBe(2);
        expect(await pending()).toEqual([]);
      }),
      { numRuns: 10 },
    );
  });
});

describe('a publisher whose time runs out', () => {
  it('stops 10 s before the end, and leaves the rest pending and the lease free', async () => {
    const { intent, context, clock, run, pending, jobs } = await setUp();
    for (const jobId of [1, 2, 3]) await intent({ jobId });
    const publish: PublisherContext['publish'] = async (topic, message) => {
      if (jobs().length === 1) clock.now += MINUTE - 10_000 + 1;
      return context.publish(topic, message);
    };
    expect(await run([], { publish })).toEqual({ outcome: 'out of time', published: 2 });
    expect(await pending()).toHaveLength(1);
    expect(await run()).toMatchObject({ outcome: 'done' });
    expect(await pending()).toEqual([]);
    expect(jobs()).toEqual([1, 2, 3]);
  });

  it('still works with exactly 10 s left, but not with less', async () => {
    const { intent, context, clock } = await setUp();
    await intent({ jobId: 1 });
    expect(await publishPending(context, [], clock.now + 9_999)).toEqual({ outcome: 'out of time', published: 0 });
    expect(await publishPending(context, [], clock.now + 10_000)).toEqual({ outcome: 'done', published: 1 });
  });
});

it('a failure that a silence took just as somebody ended it is sent once, even if it also wakes the publisher', async () => {
  const { clock, silences, intent, run, kinds, jobs } = await setUp();
  const silence: Silence = { id: 's', reason: 'r', createdAt: 0, from: 0, until: RECEIVED + 60 * MINUTE, zone: 'UTC' };
  silences.push(silence);
  clock.now = RECEIVED + 50;
  const place = await intent({ jobId: 1 });
  await run([place]);
  expect(kinds()).toEqual([]);
  // Written only now, by somebody who began to end the silence before the failure came.
  silences.splice(0, 1, { ...silence, until: RECEIVED });
  clock.now = RECEIVED + 1_000;
  await run([place]);
  await run();
  expect(jobs()).toEqual([1]);
});

it('each part of a message that is too large is stored with the severity that it is sent with', async () => {
  const { intent, run, items } = await setUp();
  const parent = await intent({ jobId: 1 });
  const child = (index: number) =>
    intent({ jobId: 100 + index, parentJobId: 1, status: 1, clientName: `${'c'.repeat(200)}${index}` });
  const children = await Promise.all(Array.from({ length: 700 }, (_, index) => child(index)));
  await run([parent, ...children]);
  const kept = (await items()).filter(({ rendered }) => typeof rendered === 'string');
  const sent = kept.map(({ rendered }) => JSON.parse(String(rendered)).MessageAttributes.severity.StringValue);
  expect(new Set(sent)).toEqual(new Set(['error', 'warning']));
  expect(kept.map(({ severity }) => severity)).toEqual(sent);
});

it('no silence holds back an alert of the canary', async () => {
  const { intent, run, published, silences } = await setUp();
  silences.push({ id: 's', reason: 'r', createdAt: 0, from: 0, zone: 'UTC' } as never);
  await intent({ jobId: 1 }, { primary: 'canary' });
  await intent({ jobId: 2 });
  await run();
  expect(published.map(({ topic }) => topic)).toEqual(['probe']);
});

it('marking an intent that is gone does not bring it back', async () => {
  const { outbox, items, pending } = await setUp();
  await outbox.hold('s', [{ pk: 'job#demo#1', sk: 'intent#1' }]);
  await outbox.settle('m', [{ pk: 'job#demo#2', sk: 'intent#1' }]);
  expect([await items(), await pending()]).toEqual([[], []]);
});

import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { intentItem } from '../../../functions/alerts/intent.ts';
import type { SnsMessage } from '../../../functions/alerts/message.ts';
import { createOutbox, type Outbox } from '../../../functions/alerts/outbox.ts';
import type { ItemKey } from '../../../functions/keys/ledger.ts';
import { messageId, messageKey } from '../../../functions/keys/records.ts';
import type { PublisherContext } from '../../../functions/publisher/context.ts';
import { publishPending } from '../../../functions/publisher/publish-pending.ts';
import { log } from '../../../functions/runtime/log.ts';
import { putIfAbsent } from '../../../functions/store/items.ts';
import { allItems, type Content, jobFact, must, RECEIVED, testTables } from '../support.ts';

const messageIdFor = (place: ItemKey) => messageId(RECEIVED, [place]);

const MINUTE = 60_000;

async function setUp() {
  const { client, records: table } = await testTables();
  const clock = { now: RECEIVED };
  const published: string[] = [];
  let holders = 0;
  const outbox = createOutbox(client, table);
  const context: PublisherContext = {
    outbox,
    async publish(message) {
      published.push(idOf(message));
      return `sns-${published.length}`;
    },
    now: () => clock.now,
    newHolder: () => `holder-${++holders}`,
  };
  return {
    clock,
    context,
    outbox,
    published,
    async intent(content: Content = {}, other: object = {}): Promise<ItemKey> {
      const item = { ...intentItem(jobFact(content), clock.now), ...other };
      await putIfAbsent(client, table, item);
      return { pk: item.pk, sk: item.sk };
    },
    run: (woken: ItemKey[] = [], other: Partial<PublisherContext> = {}) =>
      publishPending({ ...context, ...other }, woken, clock.now + MINUTE),
    pending: () => Array.fromAsync(outbox.pending()),
    items: () => allItems(client, table),
  };
}

const idOf = ({ Message }: SnsMessage): string => JSON.parse(JSON.parse(Message).sqs).id;

describe('pending intents', () => {
  it('become one message each: written down, published, marked, and no longer pending', async () => {
    const { intent, run, published, pending, items, clock } = await setUp();
    const places = [await intent(), await intent({ jobId: 1 })];
    expect(await run()).toEqual({ outcome: 'done', published: 2 });
    expect(published.toSorted()).toEqual(places.map(messageIdFor).toSorted());
    expect(await pending()).toEqual([]);
    const [place] = places;
    const id = messageIdFor(must(place));
    expect(await items()).toContainEqual({
      ...messageKey(id),
      ...{ format: 1, kind: 'JobFailed', members: [place] },
      ...{ writtenAt: clock.now, publishedAt: clock.now, snsMessageId: expect.stringMatching(/^sns-/) },
    });
    const told = (await items()).find(({ pk, sk }) => pk === place?.pk && sk === place?.sk);
    expect(told).toMatchObject({ message: id, kind: 'JobFailed' });
    expect(told).not.toHaveProperty('pending');
    expect(told).not.toHaveProperty('pendingSince');
  });

  it('are published once, however often the publisher is woken for them', async () => {
    const { intent, run, published } = await setUp();
    const place = await intent();
    await run([place, place, { pk: 'job#demo#none', sk: 'intent#x' }]);
    expect(await run([place])).toEqual({ outcome: 'done', published: 0 });
    expect(await run()).toEqual({ outcome: 'done', published: 0 });
    expect(published).toHaveLength(1);
  });

  it('are published oldest first, those that woke the publisher before the others', async () => {
    const { intent, run, published, clock } = await setUp();
    const places: ItemKey[] = [];
    for (const jobId of [3, 1, 2]) {
      places.push(await intent({ jobId }));
      clock.now += 1;
    }
    const [first, second, third] = places.map(messageIdFor);
    await run([must(places[2])]);
    expect(published).toEqual([third, first, second]);
  });

  it('of one place always have the same message id, and of two places never', () => {
    const place = fc.record({ pk: fc.string(), sk: fc.string() });
    fc.assert(
      fc.property(place, place, (a, b) => {
        expect(messageIdFor(a) === messageIdFor(b)).toBe(a.pk === b.pk && a.sk === b.sk);
      }),
    );
  });
});

describe('an intent that cannot be read', () => {
  it.each([
    ['of another kind', { kind: 'NewKind' }],
    ['whose entry is no JSON', { entry: '{' }],
    ['whose receipt is no time', { receivedAt: 9e15 }],
  ])('is logged by its key and stays pending; the rest is published: %s', async (_, odd) => {
    const { intent, run, published, pending } = await setUp();
    const error = vi.spyOn(log, 'error').mockReturnValue();
    onTestFinished(() => error.mockRestore());
    const poison = await intent({ jobId: 1 }, odd);
    const place = await intent();
    expect(await run([poison])).toEqual({ outcome: 'done', published: 1 });
    expect(published).toEqual([messageIdFor(place)]);
    expect(await pending()).toEqual([poison]);
    expect(error).toHaveBeenCalledWith(expect.any(String), expect.objectContaining(poison));
  });
});

describe('one publisher at a time', () => {
  it('is at it; another is busy until the lease is free or has run out', async () => {
    const { intent, run, outbox, clock, published } = await setUp();
    await intent();
    expect(await outbox.lease('other', clock.now, clock.now + MINUTE)).toBe(true);
    expect(await run()).toEqual({ outcome: 'busy', published: 0 });
    clock.now += MINUTE - 1;
    expect(await run()).toEqual({ outcome: 'busy', published: 0 });
    clock.now += 1;
    expect(await run()).toEqual({ outcome: 'done', published: 1 });
    expect(published).toHaveLength(1);
  });

  it('leaves the lease free, and one that has another holder by then alone', async () => {
    const { outbox, run, items, clock } = await setUp();
    await run();
    expect(await items()).toEqual([]);
    await outbox.lease('new', clock.now, clock.now + MINUTE);
    await outbox.release('old');
    expect(await items()).toMatchObject([{ pk: 'lease#publisher', holder: 'new', until: clock.now + MINUTE }]);
  });

  it('publishes each intent once, however many try at once and in whatever order their calls happen', async () => {
    const { intent, context, clock, published, pending } = await setUp();
    let jobs = 0;
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 4 }), async (scheduler, publishers) => {
        const places = [await intent({ jobId: ++jobs }), await intent({ jobId: ++jobs })];
        published.length = 0;
        const { lease, release, ifPending, writeDown, markPublished } = context.outbox;
        const turn = <A extends unknown[], R>(port: (...args: A) => Promise<R>) => scheduler.scheduleFunction(port);
        const outbox: Outbox = {
          ...context.outbox,
          ...{ lease: turn(lease), release: turn(release), ifPending: turn(ifPending) },
          ...{ writeDown: turn(writeDown), markPublished: turn(markPublished) },
        };
        const all = Array.from({ length: publishers }, () =>
          publishPending({ ...context, outbox, publish: turn(context.publish) }, places, clock.now + MINUTE),
        );
        const outcomes = await scheduler.waitFor(Promise.all(all));
        expect(published.toSorted()).toEqual(places.map(messageIdFor).toSorted());
        expect(outcomes.reduce((sum, outcome) => sum + outcome.published, 0)).toBe(2);
        expect(await pending()).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });
});

describe('time that runs out', () => {
  it('ends the work 10 s before the end, and leaves the rest pending and the lease free', async () => {
    const { intent, context, clock, run, pending } = await setUp();
    for (const jobId of [1, 2, 3]) await intent({ jobId });
    let calls = 0;
    const publish = async (message: SnsMessage) => {
      calls += 1;
      if (calls === 2) clock.now += MINUTE - 10_000 + 1;
      return context.publish(message);
    };
    expect(await run([], { publish })).toEqual({ outcome: 'out of time', published: 2 });
    expect(await pending()).toHaveLength(1);
    expect(await run()).toEqual({ outcome: 'done', published: 1 });
  });

  it('does not end it at the very reserve', async () => {
    const { intent, context, clock } = await setUp();
    await intent();
    expect(await publishPending(context, [], clock.now + 9_999)).toEqual({ outcome: 'out of time', published: 0 });
    expect(await publishPending(context, [], clock.now + 10_000)).toEqual({ outcome: 'done', published: 1 });
  });
});

describe('a failure', () => {
  it('of SNS is thrown; the intent stays pending, the lease is free', async () => {
    const { intent, run, pending, published, items } = await setUp();
    const place = await intent();
    const publish = () => Promise.reject(new Error('refused'));
    await expect(run([], { publish })).rejects.toThrow('refused');
    expect(await pending()).toEqual([place]);
    expect((await items()).filter(({ pk }) => String(pk).startsWith('lease#'))).toEqual([]);
    expect(await run()).toEqual({ outcome: 'done', published: 1 });
    expect(published).toEqual([messageIdFor(place)]);
  });

  it('at any step, before or after it took effect, loses nothing: the same message goes out under the same id', async () => {
    const steps = ['lease', 'pending', 'ifPending', 'writeDown', 'publish', 'markPublished', 'release'];
    for (const step of steps) {
      for (const when of ['before', 'after']) {
        const { intent, context, clock, run, published, pending, items } = await setUp();
        const places = [await intent(), await intent({ jobId: 1 })];
        let dead = false;
        /** Dies at the step, and whatever would come after it never happens. */
        const mortal =
          <A extends unknown[], R>(name: string, port: (...args: A) => Promise<R>) =>
          async (...args: A) => {
            dead ||= name === step && when === 'before';
            if (dead) throw new Error('killed');
            const result = await port(...args);
            dead ||= name === step;
            if (dead) throw new Error('killed');
            return result;
          };
        const { outbox } = context;
        const dying: Outbox = {
          lease: mortal('lease', outbox.lease),
          release: mortal('release', outbox.release),
          async *pending() {
            yield* await mortal('pending', () => Array.fromAsync(outbox.pending()))();
          },
          ifPending: mortal('ifPending', outbox.ifPending),
          writeDown: mortal('writeDown', outbox.writeDown),
          markPublished: mortal('markPublished', outbox.markPublished),
        };
        const publish = mortal('publish', context.publish);
        await expect(run([], { outbox: dying, publish })).rejects.toThrow('killed');
        clock.now += MINUTE;
        expect(await run()).toMatchObject({ outcome: 'done' });
        expect(new Set(published)).toEqual(new Set(places.map(messageIdFor)));
        // Only a death between SNS's acceptance and the mark makes a second one, under the same id.
        const unmarked = (step === 'publish' && when === 'after') || (step === 'markPublished' && when === 'before');
        expect(published.length).toBe(unmarked ? 3 : 2);
        expect(await pending()).toEqual([]);
        const messages = (await items()).filter(({ pk }) => String(pk).startsWith('message#'));
        expect(messages.map(({ writtenAt }) => Number(writtenAt) <= clock.now)).toEqual([true, true]);
        expect(messages.every(({ snsMessageId }) => typeof snsMessageId === 'string')).toBe(true);
      }
    }
  });

  it('between the two marks publishes again under the same id, and then both are marked', async () => {
    const { intent, context, run, published, pending } = await setUp();
    const place = await intent();
    const markPublished: Outbox['markPublished'] = async (id, sns, _, now) => {
      await context.outbox.markPublished(id, sns, { pk: 'elsewhere', sk: 'elsewhere' }, now);
      throw new Error('killed');
    };
    await expect(run([], { outbox: { ...context.outbox, markPublished } })).rejects.toThrow('killed');
    expect(await pending()).toEqual([place]);
    await run();
    expect(published).toEqual([messageIdFor(place), messageIdFor(place)]);
    expect(await pending()).toEqual([]);
  });
});

import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createOutbox, type Outbox } from '../../../functions/alerts/outbox.ts';
import type { PublisherContext } from '../../../functions/publisher/context.ts';
import { must } from '../support.ts';
import { idFor, MINUTE, setUp } from './publishing.ts';

describe('when something fails', () => {
  it('an error of SNS is thrown, and the next run sends the same message under the same id', async () => {
    const { intent, run, published, items } = await setUp();
    const place = await intent({ jobId: 1 });
    await expect(run([], { publish: () => Promise.reject(new Error('refused')) })).rejects.toThrow('refused');
    expect((await items()).filter(({ pk }) => String(pk).startsWith('lease#'))).toEqual([]);
    // What came meanwhile does not change what was written down.
    await intent({ jobId: 2 });
    expect(await run()).toEqual({ outcome: 'done', published: 2 });
    expect(published[0]?.told.id).toBe(idFor(place));
  });

  it('a message is planned again, and sent once, if its writer died before noting that it was written down', async () => {
    const { intent, run, outbox, jobs, pending } = await setUp();
    const place = await intent({ jobId: 1 });
    const writeDown: Outbox['writeDown'] = async (message, _, now) => {
      await outbox.writeDown(message, {}, now);
      await outbox.forget(message.id);
      throw new Error('killed');
    };
    await expect(run([], { outbox: { ...outbox, writeDown } })).rejects.toThrow('killed');
    expect(await run([place])).toEqual({ outcome: 'done', published: 1 });
    expect([jobs(), await pending()]).toEqual([[1], []]);
  });

  it('a message that SNS will never accept is tried again in each run, and delays no other', async () => {
    const { intent, run, jobs, context } = await setUp();
    const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockReturnValue(true));
    onTestFinished(() => {
      for (const spy of spies) spy.mockRestore();
    });
    const poison = await intent({ jobId: 1 });
    const publish: PublisherContext['publish'] = async (topic, message) =>
      message.Message.includes(idFor(poison)) ? undefined : context.publish(topic, message);
    await run([], { publish });
    await intent({ jobId: 2 });
    expect(await run([], { publish })).toEqual({ outcome: 'done', published: 1 });
    expect(jobs()).toEqual([2]);
    const logged = spies.flatMap((spy) => spy.mock.calls.map(([text]) => String(text))).join('');
    expect(logged).toContain('"PublishFailures":1');
    expect(await run()).toEqual({ outcome: 'done', published: 1 });
    expect(jobs()).toEqual([1, 2]);
  });

  it('a chat topic that fails delays nothing, and trying it again sends nothing to the alerts topic again', async () => {
    const { intent, run, jobs, context, published, outbox } = await setUp();
    const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockReturnValue(true));
    onTestFinished(() => {
      for (const spy of spies) spy.mockRestore();
    });
    await intent({ jobId: 1 });
    await intent({ jobId: 2 });
    const publish: PublisherContext['publish'] = async (topic, message) => {
      if (topic === 'chat') throw new Error('no such topic');
      return context.publish(topic, message);
    };
    expect(await run([], { publish })).toMatchObject({ published: 2 });
    // What alerts accepted is done: it is neither counted nor settled again.
    const settle = vi.fn(outbox.settle);
    expect(await run([], { publish, outbox: { ...outbox, settle } })).toMatchObject({ published: 0 });
    expect(settle).not.toHaveBeenCalled();
    expect(jobs()).toEqual([1, 2]);
    expect(await run()).toMatchObject({ outcome: 'done' });
    expect(jobs()).toEqual([1, 2]);
    expect(published.filter(({ topic }) => topic === 'chat')).toHaveLength(2);
    expect((await outbox.remembered()).unpublished).toEqual([]);
  });

  it('a chat message that SNS will never accept delays no other', async () => {
    const { intent, run, context, published, outbox } = await setUp();
    await intent({ jobId: 1 });
    await intent({ jobId: 2 });
    let refused = 0;
    const publish: PublisherContext['publish'] = async (topic, message) =>
      topic === 'chat' && refused++ === 0 ? undefined : context.publish(topic, message);
    expect(await run([], { publish })).toEqual({ outcome: 'done', published: 2 });
    expect(published.filter(({ topic }) => topic === 'chat')).toHaveLength(1);
    expect((await outbox.remembered()).unpublished).toEqual([]);
  });

  it('a message that is written down goes out even if the silences or the index cannot be read', async () => {
    const { intent, run, clock, context, published } = await setUp();
    const fails = async function* (): AsyncGenerator<never> {
      yield await Promise.reject(new Error('throttled'));
    };
    for (const broken of [{ silences: { list: fails } }, { outbox: { ...context.outbox, pending: fails } }]) {
      const before = published.length;
      await intent({ jobId: before + 1 });
      await expect(run([], { publish: () => Promise.reject(new Error('refused')) })).rejects.toThrow('refused');
      clock.now += MINUTE;
      await expect(run([], broken)).rejects.toThrow('throttled');
      expect(published.slice(before).map(({ topic }) => topic)).toContain('alerts');
      clock.now += MINUTE;
      await run();
    }
  });

  it('a message is dropped, and goes to nobody, even if the drop died before its last call', async () => {
    const { intent, run, clock, outbox, client, table, published, pending } = await setUp();
    await intent({ jobId: 1 });
    await run([], { publish: async () => undefined });
    const [id = ''] = (await outbox.remembered()).unpublished;
    const send = async (command: { input: { UpdateExpression?: string } }) => {
      if (command.input.UpdateExpression?.startsWith('DELETE unpublished')) throw new Error('killed');
      return Reflect.apply(client.send, client, [command]);
    };
    const dying = createOutbox(Object.create(client, { send: { value: send } }), table);
    const droppedAt = clock.now;
    await expect(dying.drop({ ...must(await outbox.message(id)), id }, 'told by phone', droppedAt)).rejects.toThrow(
      'killed',
    );
    expect((await outbox.remembered()).unpublished).toEqual([id]);
    clock.now += MINUTE;
    expect(await run()).toEqual({ outcome: 'done', published: 0 });
    expect([published, await pending(), (await outbox.remembered()).unpublished]).toEqual([[], [], []]);
    expect(await outbox.message(id)).toMatchObject({ droppedAt, dropReason: 'told by phone' });
  });

  it('a message that SNS accepts only hours later counts in the hour in which it went out', async () => {
    const { intent, run, clock, outbox } = await setUp();
    await intent({ jobId: 1 });
    const publish = () => Promise.reject(new Error('refused'));
    // The clock goes on while something is planned and written down.
    await expect(run([], { publish, now: () => clock.now++ })).rejects.toThrow('refused');
    clock.now += 120 * MINUTE;
    expect(await run()).toEqual({ outcome: 'done', published: 1 });
    expect((await outbox.remembered()).memory).toMatchObject({ sent: [{ at: clock.now }] });
  });

  it('a death at any step, before or after it takes effect, loses nothing and repeats one message at most', {
    timeout: 90_000,
  }, async () => {
    const steps =
      'lease remembered pending waitingAt writeDown message publish accepted settle markSettled markPublished release'.split(
        ' ',
      );
    // Five single failures, and a digest.
    const count = 7;
    for (const step of steps) {
      for (const when of ['before', 'after']) {
        const { intent, context, clock, run, published, jobs, pending } = await setUp();
        for (let jobId = 1; jobId <= count; jobId++) await intent({ jobId });
        let dead = false;
        /** Dies at the step. No later call takes effect. */
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
          ...outbox,
          async *pending() {
            yield* await mortal('pending', () => Array.fromAsync(outbox.pending()))();
          },
          ...{ lease: mortal('lease', outbox.lease), release: mortal('release', outbox.release) },
          remembered: mortal('remembered', outbox.remembered),
          ...{ waitingAt: mortal('waitingAt', outbox.waitingAt), writeDown: mortal('writeDown', outbox.writeDown) },
          ...{ message: mortal('message', outbox.message), accepted: mortal('accepted', outbox.accepted) },
          ...{ settle: mortal('settle', outbox.settle), markSettled: mortal('markSettled', outbox.markSettled) },
          markPublished: mortal('markPublished', outbox.markPublished),
        };
        // A message is read again only by another run than the one that wrote it down.
        if (step === 'message')
          await expect(run([], { publish: () => Promise.reject(new Error('refused')) })).rejects.toThrow('refused');
        await expect(run([], { outbox: dying, publish: mortal('publish', context.publish) })).rejects.toThrow('killed');
        for (let minute = 0; minute < 3; minute++) {
          clock.now += MINUTE;
          expect(await run()).toMatchObject({ outcome: 'done' });
        }
        const all = Array.from({ length: count }, (_, index) => index + 1);
        expect([...new Set(jobs())]).toEqual(all);
        const toAlerts = published.filter(({ topic }) => topic === 'alerts');
        const twice = toAlerts.length - new Set(toAlerts.map(({ told }) => told.id)).size;
        // Only a death between SNS's acceptance and the mark sends a message twice, under the same id.
        const unmarked = (step === 'publish' && when === 'after') || (step === 'accepted' && when === 'before');
        expect([step, when, twice, jobs().length - twice]).toEqual([step, when, unmarked ? 1 : 0, count]);
        expect(await pending()).toEqual([]);
      }
    }
  });
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NOTHING, verify } from '../../../cli/verify/verify.ts';
import { type ArchiveContext, archive } from '../../../functions/archive/archive.ts';
import { parseObject } from '../../../functions/archive/object.ts';
import { at, factOf, image } from '../questions/received.ts';
import { archiveOf, memoryBucket, memoryChain, memoryLedger, streamRecord } from './archived.ts';

const BEGIN = at('23T10:00');

/**
 * What becomes of an attempt: it dies at its n-th call, before or after the call is done; S3 refuses the object; S3
 * writes the object, but the answer is lost; or all goes well.
 */
type Fate = { kind: 'dies'; call: number; done: boolean } | { kind: 'refused' | 'unheard' | 'lives' };

const fate: fc.Arbitrary<Fate> = fc.oneof(
  fc.record({ kind: fc.constant('dies' as const), call: fc.integer({ min: 1, max: 3 }), done: fc.boolean() }),
  fc.constantFrom('refused' as const, 'unheard' as const, 'lives' as const).map((kind) => ({ kind })),
);

/** How many facts a shard has, and the attempts in their order: how many records each takes, and what becomes of it. */
const shard = fc.record({
  facts: fc.integer({ min: 0, max: 8 }),
  attempts: fc.array(fc.record({ size: fc.integer({ min: 1, max: 8 }), fate }), { maxLength: 8 }),
});
const history = fc.record({ shards: fc.array(shard, { minLength: 1, maxLength: 3 }), scheduler: fc.scheduler() });

/** Archives the facts of all shards side by side as Lambda would: a failed batch is tried again, cut to another size. */
async function play({ shards, scheduler }: typeof history extends fc.Arbitrary<infer H> ? H : never) {
  const [chain, bucket, ledger] = [memoryChain(), memoryBucket(), memoryLedger()];
  let now = BEGIN;
  let ids = 0;
  const refused = new Set<string>();

  function attempt(fate: Fate): { context: ArchiveContext; died: Promise<'died'> } {
    const died = Promise.withResolvers<'died'>();
    let calls = 0;
    /** One call to AWS, in the order that the scheduler draws. */
    async function call<T>(work: () => T | Promise<T>): Promise<T> {
      calls += 1;
      const dies = fate.kind === 'dies' && fate.call === calls;
      await scheduler.schedule(Promise.resolve(), 'call');
      now += 100;
      if (dies && !fate.done) return die();
      const result = await work();
      return dies ? die() : result;
    }
    function die(): Promise<never> {
      died.resolve('died');
      return new Promise(() => {});
    }
    const context: ArchiveContext = {
      chain: {
        take: (...args) => call(() => chain.take(...args)),
        advance: (...args) => call(() => chain.advance(...args)),
        release: (...args) => chain.release(...args),
      },
      put: (name, body) =>
        call(() => {
          if (fate.kind === 'refused') throw new Error('AccessDenied');
          bucket.put(name, body);
          if (fate.kind === 'unheard') throw new Error('TimeoutError');
        }),
      isRefusal: () => fate.kind === 'refused',
      now: () => now,
      async wait(ms) {
        await scheduler.schedule(Promise.resolve(), 'wait');
        now += ms;
      },
      newId() {
        const id = (ids++).toString(16).padStart(12, '0');
        if (fate.kind === 'refused') refused.add(id);
        return id;
      },
    };
    return { context, died: died.promise };
  }

  const running = shards.map(async ({ facts, attempts }, index) => {
    const items = Array.from({ length: facts }, (_, nth) =>
      factOf({ ...image('23T10:00', `client_${index}_${nth}`, 'CREATE'), at: BEGIN + nth * 1000 }),
    );
    for (const item of items) ledger.put(item);
    const records = items.map((item, nth) => streamRecord('INSERT', { item }, 100 * index + nth, item.receivedAt));
    const left = [...attempts];
    for (let done = 0; done < records.length; ) {
      const { size, fate } = left.shift() ?? { size: records.length, fate: { kind: 'lives' as const } };
      const batch = records.slice(done, done + size);
      const { context, died } = attempt(fate);
      const ended = await Promise.race([archive(context, batch).catch(() => 'failed' as const), died]);
      if (typeof ended !== 'string') done += batch.length;
    }
  });
  await scheduler.waitFor(Promise.all(running));

  const asked = { range: { from: at('23T00:00'), to: at('24T00:00') }, primaries: ['demo'], narrowed: false };
  const tally = { ...NOTHING };
  const found = () =>
    Array.fromAsync(verify(archiveOf(bucket, chain), ledger, { ...asked, now: at('24T00:00') }, tally));
  return { bucket, ledger, chain, refused, found, tally };
}

/** The names of the objects of the chain, the last one first. */
function chainIn({ bucket, chain }: Awaited<ReturnType<typeof play>>): string[] {
  const names: string[] = [];
  for (let name = chain.end()?.name; name !== undefined; ) {
    names.push(name);
    name = parseObject(bucket.objects.get(name) ?? '').header.before?.name;
  }
  return names;
}

const RUNS = { numRuns: 40 };

it('has every fact in the chain and gives verify nothing to find, however shards interleave, die and retry', () =>
  fc.assert(
    fc.asyncProperty(history, async (given) => {
      const played = await play(given);
      expect(await played.found()).toEqual([]);
      expect(played.tally.same).toBe(played.ledger.items.size);
      const objects = chainIn(played).map((name) => parseObject(played.bucket.objects.get(name) ?? ''));
      const chained = objects.flatMap(({ lines }) => lines);
      for (const { header, lines } of objects) {
        expect([header.first, header.last]).toEqual([lines[0]?.sequence, lines.at(-1)?.sequence]);
        // Attempts that surely wrote nothing are not listed, or the list would grow for as long as S3 refuses.
        expect(header.abandoned.filter((id) => played.refused.has(id))).toEqual([]);
      }
      const keys = new Set(
        chained.flatMap((line) => (line.event === 'INSERT' ? [`${line.item.pk} ${line.item.sk}`] : [])),
      );
      expect(keys).toEqual(new Set(played.ledger.items.keys()));
    }),
    RUNS,
  ));

it('verify names any object of the chain that is removed, or changed by a byte', () =>
  fc.assert(
    fc.asyncProperty(history, fc.nat(), fc.nat(), async (given, which, where) => {
      const played = await play(given);
      const names = chainIn(played);
      const name = names[which % names.length];
      if (name === undefined) return;
      const body = played.bucket.objects.get(name) ?? '';
      played.bucket.objects.delete(name);
      const missing = (await played.found()).filter(({ found }) => found === 'missing');
      expect(missing.map(({ object }) => object)).toContain(name);
      const at = where % body.length;
      const other = body[at] === 'x' ? 'y' : 'x';
      played.bucket.objects.set(name, body.slice(0, at) + other + body.slice(at + 1));
      const altered = (await played.found()).filter(({ found }) => found === 'altered');
      expect(altered.map(({ object }) => object)).toContain(name);
    }),
    RUNS,
  ));

it('verify names an object that is in the bucket but not in the chain', () =>
  fc.assert(
    fc.asyncProperty(history, fc.nat(), async (given, which) => {
      const played = await play(given);
      const names = chainIn(played);
      const name = names[which % names.length];
      if (name === undefined) return;
      const forged = name.replace(/-[0-9a-f]+\./, '-ffffffffffff.');
      played.bucket.put(forged, played.bucket.objects.get(name) ?? '');
      expect((await played.found()).map(({ found, object }) => [found, object])).toEqual([['outside', forged]]);
    }),
    RUNS,
  ));

import { describe, expect, it } from 'vitest';
import type { Asked } from '../../cli/verify/comparison.ts';
import { NOTHING, verify } from '../../cli/verify/verify.ts';
import { archive } from '../../functions/archive/archive.ts';
import type { Chain } from '../../functions/archive/chain.ts';
import { archiveOf, memoryBucket, memoryChain, memoryLedger, streamRecord } from '../functions/archive/archived.ts';
import { at, factOf, image } from '../functions/questions/received.ts';
import { must } from '../functions/support.ts';

/** An empty archive and ledger, ways to fill them, and `run`, which verifies the 20th to the 23rd. */
function startPair() {
  const [chain, bucket, ledger] = [memoryChain(), memoryBucket(), memoryLedger()];
  let sequence = 0;
  let ids = 0;
  const archiving = (now: number, by: Chain) => ({
    ...{ chain: by, now: () => now, wait: async () => {}, isRefusal: () => false },
    put: async (name: string, body: string) => bucket.put(name, body),
    newId: () => (ids++).toString(16).padStart(12, '0'),
  });
  /** Archives records as one object, at the time `now`, and returns the object's name. */
  const archivedBy =
    (by: Chain) =>
    async (now: number, ...records: Parameters<typeof streamRecord>[]) => {
      const made = await archive(
        archiving(now, by),
        records.map((record) => streamRecord(...record)),
      );
      return must(made).name;
    };
  const archived = archivedBy(chain);
  const fact = (time: string, backupId: string, primary = 'demo') =>
    factOf(image(time, backupId, 'CREATE', {}, primary));
  type Fact = ReturnType<typeof fact>;
  const inserted = (one: Fact, when = one.receivedAt): Parameters<typeof streamRecord> => [
    ...(['INSERT', { item: one }, ++sequence, when] as const),
  ];
  /** Receives a fact as usual: puts it into the ledger, and archives it two minutes later. */
  const received = async (time: string, backupId: string, more: object = {}) => {
    const one = { ...fact(time, backupId), ...more };
    ledger.put(one);
    return { fact: one, object: await archived(one.receivedAt + 120_000, inserted(one)) };
  };
  const tally = { ...NOTHING };
  const run = async (asked: Partial<Asked> = {}) => {
    Object.assign(tally, NOTHING);
    const range = { from: at('20T00:00'), to: at('24T00:00') };
    const all = { range, primaries: ['demo', 'dr'], narrowed: false, now: at('24T00:00'), ...asked };
    return Array.fromAsync(verify(archiveOf(bucket, chain), ledger, all, tally));
  };
  const found = async (asked?: Partial<Asked>) =>
    (await run(asked)).map((finding) => [finding.found, finding.pk ?? finding.object]);
  const keyOf = ({ pk, sk }: Fact) => `${pk} ${sk}`;
  return {
    chain,
    bucket,
    ledger,
    archived,
    archivedBy,
    fact,
    inserted,
    received,
    tally,
    run,
    found,
    keyOf,
    next: () => ++sequence,
  };
}

describe('a fact', () => {
  it('that is not archived is named once it is ten minutes old, unless it came before the archive began', async () => {
    const { ledger, received, fact, found, tally } = startPair();
    await received('20T12:00', 'first_1');
    ledger.put(fact('20T11:00', 'early_1'));
    ledger.put(fact('23T23:49:59', 'lost_1'));
    ledger.put(fact('23T23:50:01', 'young_1'));
    expect(await found()).toEqual([['inserted', 'image#demo#lost_1']]);
    expect(tally).toMatchObject({ same: 1, before: 1, young: 1, beganAt: at('20T12:00') });
  });

  it('that is gone is named as removed, unless it had expired', async () => {
    const { ledger, received, found, tally, keyOf } = startPair();
    const gone = await received('20T12:00', 'gone_1');
    const over = await received('21T12:00', 'over_1', { expiresAt: at('23T00:00') / 1000 });
    const lasting = await received('21T13:00', 'lasting_1', { expiresAt: at('25T00:00') / 1000 });
    for (const { fact } of [gone, over, lasting]) ledger.items.delete(keyOf(fact));
    expect(await found()).toEqual([
      ['removed', 'image#demo#gone_1'],
      ['removed', 'image#demo#lasting_1'],
    ]);
    expect(tally).toMatchObject({ expired: 1, same: 0, findings: 2 });
    expect(await found({ expired: true })).toContainEqual(['expired', 'image#demo#over_1']);
    expect(tally).toMatchObject({ expired: 1, findings: 2 });
  });

  it('that expired and was sent again counts as two, whether archived on different days or late and together', async () => {
    const { archived, inserted, ledger, received, fact, found, tally } = startPair();
    await received('20T12:00', 'first_1');
    const { fact: over } = await received('21T12:00', 'again_1', { expiresAt: at('22T12:00') / 1000 });
    await received('23T12:00', 'again_1', { pk: over.pk, sk: over.sk, expiresAt: at('24T12:00') / 1000 });
    expect(await found()).toEqual([]);
    expect(tally).toMatchObject({ same: 2, expired: 1 });
    expect(await found({ expired: true })).toEqual([['expired', over.pk]]);

    const late = { ...fact('20T13:00', 'late_1'), expiresAt: at('21T13:00') / 1000 };
    const again = { ...fact('21T14:00', 'late_1'), sk: late.sk, expiresAt: at('22T14:00') / 1000 };
    ledger.put(again);
    await archived(at('23T22:00'), inserted(late), inserted(again));
    expect(await found()).toEqual([]);
    expect(tally).toMatchObject({ same: 3, expired: 2 });
  });

  it('that differs in any attribute is named as changed, even if that took it out of the index', async () => {
    const { ledger, received, found } = startPair();
    const one = await received('20T12:00', 'one_1');
    const two = await received('21T12:00', 'two_1');
    ledger.put({ ...one.fact, around: '{}' });
    ledger.put({ ...two.fact, receivedAt: 0 });
    expect(await found()).toEqual([
      ['changed', 'image#demo#one_1'],
      ['changed', 'image#demo#two_1'],
    ]);
  });

  it('that was written long after or before its own time of receipt is named', async () => {
    const { archived, fact, inserted, ledger, received, run } = startPair();
    await received('20T12:00', 'first_1');
    const [late, soon] = [fact('21T12:00', 'late_1'), fact('22T12:00', 'soon_1')];
    for (const one of [late, soon]) ledger.put(one);
    await archived(at('22T13:00'), inserted(late, at('21T12:11')), inserted(soon, at('22T11:49')));
    expect((await run()).map(({ found, pk, why }) => [found, pk, why])).toEqual([
      ['inserted', late.pk, 'it was written at 2026-11-21 12:11:00 UTC, but gives another time of receipt'],
      ['inserted', soon.pk, 'it was written at 2026-11-22 11:49:00 UTC, but gives another time of receipt'],
    ]);
  });

  it('that was archived days late, as by redrive, is no finding, and is still compared', async () => {
    const { archived, fact, inserted, ledger, received, found } = startPair();
    await received('20T12:00', 'first_1');
    const [late, changed] = [fact('20T13:00', 'late_1'), fact('20T13:00', 'changed_1')];
    for (const one of [late, changed]) ledger.put(one);
    await received('21T12:00', 'other_1');
    await archived(at('23T20:00'), inserted(late), inserted(changed));
    ledger.put({ ...changed, around: '{}' });
    const changes = [['changed', changed.pk]];
    expect(await found()).toEqual(changes);
    expect(await found({ range: { from: at('20T00:00'), to: at('20T23:59') } })).toEqual(changes);
  });

  it('that was removed and put back with other content is named as removed and as changed', async () => {
    const { archived, inserted, ledger, received, found, next } = startPair();
    const { fact } = await received('20T12:00', 'one_1');
    const other = { ...fact, entry: '{}' };
    ledger.put(other);
    await archived(at('20T12:30'), ['REMOVE', { old: fact }, next(), at('20T12:05')], inserted(other, at('20T12:06')));
    expect(await found()).toEqual([
      ['removed', fact.pk],
      ['changed', fact.pk],
      ['changed', fact.pk],
    ]);
  });
});

it('a change to any other item of the ledger is named once, with the changed attribute', async () => {
  const { archived, received, run, next } = startPair();
  await received('20T12:00', 'first_1');
  const job = { pk: 'job#demo#7', sk: '1', primary: 'demo', status: 1 };
  const change = ['MODIFY', { old: job, item: { ...job, status: 0 } }, next(), at('22T10:00')] as const;
  await archived(at('22T10:03'), [...change]);
  await archived(at('22T10:04'), [...change]);
  expect(await run()).toMatchObject([
    { found: 'changed', pk: job.pk, why: 'somebody changed it at 2026-11-22 10:00:00 UTC: status' },
  ]);
  expect(await run({ primaries: ['dr'], narrowed: true })).toEqual([]);
});

describe('verifying an archive', () => {
  it('has no findings while the archive is still empty, although the ledger has facts', async () => {
    const { ledger, fact, found, tally } = startPair();
    ledger.put(fact('20T12:00', 'older_1'));
    ledger.put(fact('23T23:55', 'young_1'));
    expect(await found()).toEqual([]);
    expect(tally).toMatchObject({ before: 1, young: 1, beganAt: undefined });
  });

  it('has no findings when its first object is put meanwhile', async () => {
    const { bucket, chain, ledger, received, tally } = startPair();
    let listed = 0;
    const growing = {
      ...bucket,
      async *list(from: string) {
        yield* bucket.list(from);
        if (++listed === 2) await received('23T23:58', 'first_1');
      },
    };
    const asked = { range: { from: at('20T00:00'), to: at('24T00:00') }, primaries: ['demo'], narrowed: false };
    const all = { ...asked, now: at('24T00:00') };
    expect(await Array.fromAsync(verify(archiveOf(growing, chain), ledger, all, tally))).toEqual([]);
  });

  it('names the last object as missing when all were deleted, whatever range is asked about', async () => {
    const { bucket, received, found } = startPair();
    await received('20T12:00', 'first_1');
    const { object } = await received('21T12:00', 'last_1');
    bucket.objects.clear();
    expect(await found()).toContainEqual(['missing', object]);
    expect(await found({ range: { from: at('23T00:00'), to: at('24T00:00') } })).toEqual([['missing', object]]);
  });

  it('names the last object as missing when it was deleted, also for a range that ends before it', async () => {
    const { bucket, ledger, received, found, keyOf } = startPair();
    await received('20T12:00', 'first_1');
    const { fact, object } = await received('23T12:00', 'last_1');
    bucket.objects.delete(object);
    ledger.items.delete(keyOf(fact));
    expect(await found()).toEqual([['missing', object]]);
    expect(await found({ range: { from: at('23T00:00'), to: at('24T00:00') } })).toEqual([['missing', object]]);
    expect(await found({ range: { from: at('20T00:00'), to: at('20T23:00') } })).toEqual([['missing', object]]);
  });

  it('names an object as missing when the first ones of a range were deleted, or all of them', async () => {
    const { bucket, ledger, received, found, keyOf } = startPair();
    await received('10T12:00', 'older_1');
    const gone = [await received('20T12:00', 'gone_1'), await received('21T12:00', 'gone_2')];
    await received('22T12:00', 'later_1');
    await received('28T12:00', 'later_2');
    const asked = { range: { from: at('20T00:00'), to: at('23T00:00') }, now: at('29T00:00') };
    expect(await found(asked)).toEqual([]);
    for (const { fact, object } of gone) {
      ledger.items.delete(keyOf(fact));
      bucket.objects.delete(object);
    }
    const missing = [['missing', must(gone[1]).object]];
    expect(await found(asked)).toEqual(missing);
    expect(await found({ ...asked, range: { from: at('20T00:00'), to: asked.now } })).toEqual(missing);
    // Nothing that could have it is left: what is read lies days after.
    expect(await found({ ...asked, range: { from: at('20T00:00'), to: at('20T12:00') } })).toEqual(missing);
  });

  it('names the last object before a range when it was altered, or is gone and was the first', async () => {
    const { bucket, received, found } = startPair();
    const { object } = await received('10T12:00', 'older_1');
    await received('20T12:00', 'one_1');
    bucket.objects.set(object, must(bucket.objects.get(object)).replace('CREATE', 'DELETE'));
    expect(await found()).toEqual([['altered', object]]);
    bucket.objects.delete(object);
    expect(await found()).toEqual([['missing', object]]);
  });

  it('names the last object as missing when the Registry has lost the end of the chain', async () => {
    const { bucket, ledger, received, tally } = startPair();
    const { object } = await received('20T12:00', 'first_1');
    const asked = { range: { from: at('20T00:00'), to: at('24T00:00') }, primaries: ['demo'], narrowed: false };
    const pair = { bucket, end: async () => undefined };
    const found = await Array.fromAsync(verify(pair, ledger, { ...asked, now: at('24T00:00') }, tally));
    expect(found).toMatchObject([{ found: 'missing', object }]);
  });

  it('names a removed fact even if its object was falsely marked as abandoned', async () => {
    const { bucket, chain, ledger, received, archivedBy, inserted, fact, found, keyOf } = startPair();
    await received('20T12:00', 'first_1');
    const before = chain.end();
    const { fact: gone } = await received('21T12:00', 'gone_1');
    // The next object goes on from the one before, and marks this one as abandoned.
    const forgetful = {
      ...chain,
      take: async (...args: Parameters<typeof chain.take>) => {
        const turn = must(await chain.take(...args));
        return { last: before, abandoned: [must(chain.end()?.name.match(/-(\w+)\.jsonl$/)?.[1]), ...turn.abandoned] };
      },
    };
    ledger.items.delete(keyOf(gone));
    const after = fact('21T12:10', 'after_1');
    ledger.put(after);
    await archivedBy(forgetful)(at('21T12:13'), inserted(after));
    expect(bucket.objects.size).toBe(3);
    expect(await found()).toEqual([['removed', gone.pk]]);
  });

  it('has no findings when it grows meanwhile; names an object after its end only a quarter of an hour later', async () => {
    const { bucket, chain, ledger, received, archived, fact, inserted, tally } = startPair();
    await received('20T12:00', 'first_1');
    const growing = {
      ...bucket,
      async *list(from: string) {
        await received('23T23:58', 'second_1');
        await received('23T23:59', 'third_1');
        yield* bucket.list(from);
      },
    };
    const asked = { range: { from: at('20T00:00'), to: at('24T00:00') }, primaries: ['demo'], narrowed: false };
    const all = { ...asked, now: at('24T00:00') };
    expect(await Array.fromAsync(verify(archiveOf(growing, chain), ledger, all, tally))).toEqual([]);
    // The object was put, but its function died before it stored the new end.
    const end = chain.end();
    const name = await archived(at('24T00:01'), inserted(fact('23T23:59:30', 'fourth_1')));
    const before = { bucket, end: async () => end };
    expect(await Array.fromAsync(verify(before, ledger, all, tally))).toEqual([]);
    // A quarter of an hour later the chain must have gone on from it. So somebody set the end back.
    const later = { ...all, now: at('24T00:15') };
    const found = await Array.fromAsync(verify(before, ledger, later, tally));
    expect(found).toContainEqual(expect.objectContaining({ found: 'outside', object: name }));
  });

  it('names an object that was overwritten and hidden, and compares its first version', async () => {
    const { bucket, chain, ledger, received, tally } = startPair();
    const { object } = await received('20T12:00', 'first_1');
    const odd = {
      ...bucket,
      async *list(from: string) {
        for await (const one of bucket.list(from)) yield { ...one, versions: 2, hidden: true };
      },
    };
    const asked = { range: { from: at('20T00:00'), to: at('24T00:00') }, primaries: ['demo'], narrowed: false };
    const found = await Array.fromAsync(
      verify(archiveOf(odd, chain), ledger, { ...asked, now: at('24T00:00') }, tally),
    );
    expect(found.map((one) => [one.found, one.object])).toEqual([
      ['overwritten', object],
      ['hidden', object],
    ]);
    expect(tally.same).toBe(1);
  });

  it('reads from the first day of the range, and no further than necessary', async () => {
    const { received, found, tally } = startPair();
    for (const day of ['10', '11', '12', '13', '14', '15', '16']) await received(`${day}T12:00`, `image_${day}`);
    expect(await found({ range: { from: at('11T00:00'), to: at('12T00:00') } })).toEqual([]);
    expect(tally).toMatchObject({ objects: 4, same: 1 });
  });
});

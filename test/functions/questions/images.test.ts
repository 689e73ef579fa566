import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { dayOf, LEDGER_INDEXES } from '../../../functions/keys/indexes.ts';
import { asideItem } from '../../../functions/ledger/aside.ts';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { asidesByDay } from '../../../functions/questions/asides.ts';
import { imageEventsByDay, imageHistory, imagesOfClient, readImage } from '../../../functions/questions/images.ts';
import { queryOf } from '../../../functions/questions/query.ts';
import { EVER } from '../../../functions/questions/range.ts';
import { putIfAbsent } from '../../../functions/store/items.ts';
import { all, at, dayOfNovember, factOf, image, NOW, testTables } from './received.ts';

const B = 'sql01_1795384800';

describe('an image', () => {
  it('has its history in the order of events, in whatever order they were received', async () => {
    const { tables, receive } = await testTables();
    const created = { createdTime: 1_795_384_900 };
    await receive(image('23T05:00', B, 'DELETE', { createdTime: 1_795_400_000 }));
    await receive(image('23T05:01', B, 'UPDATE', created), image('23T05:02', B, 'CREATE', created));
    const history = await imageHistory(tables, 'demo', B, NOW);
    expect(history.map(({ entry, receivedAt }) => [entry.operationId, receivedAt])).toEqual([
      ['CREATE', at('23T05:02')],
      ['UPDATE', at('23T05:01')],
      ['DELETE', at('23T05:00')],
    ]);
    expect(await readImage(tables, 'demo', B, NOW)).toMatchObject({ condition: 'DELETED', facts: 3 });
  });

  it('has no expired facts in its history, although they are still stored', async () => {
    const { tables, store } = await testTables();
    const expiring = { ...factOf(image('22T05:00', B, 'CREATE')), expiresAt: at('23T05:00') / 1000 };
    await store(expiring, factOf(image('22T06:00', B, 'UPDATE')));
    const asked = async (now: number) =>
      (await imageHistory(tables, 'demo', B, now)).map(({ entry }) => entry.operationId);
    expect(await asked(at('23T04:59:59.999'))).toEqual(['CREATE', 'UPDATE']);
    expect(await asked(at('23T05:00'))).toEqual(['UPDATE']);
  });

  it('with one backup id on two primaries (AIR) is two images, each with its own history and condition', async () => {
    const { tables, receive } = await testTables();
    await receive(image('22T22:05', B, 'CREATE'), image('22T22:30', B, 'CREATE', {}, 'dr'));
    await receive(image('23T05:00', B, 'NO_LOCAL_COPY_AVAILABLE'));
    const conditions = await Promise.all(['demo', 'dr', 'other'].map((primary) => readImage(tables, primary, B, NOW)));
    expect(conditions.map((found) => found?.condition)).toEqual(['NO_LOCAL_COPY', 'RESTORABLE', undefined]);
    const histories = await Promise.all(
      ['demo', 'dr', 'other'].map((primary) => imageHistory(tables, primary, B, NOW)),
    );
    expect(histories.map(({ length }) => length)).toEqual([2, 1, 0]);
  });

  it('that was deleted is left out once its record has expired', async () => {
    const { tables, receive } = await testTables();
    await receive(image('22T05:00', 'a_1', 'CREATE'), image('22T06:00', B, 'DELETE'));
    const expiry = at('22T06:00') + 2_557 * 86_400_000;
    const asked = async (now: number) =>
      (await all(imagesOfClient(tables, 'demo', 'sql01', EVER, now))).map(({ backupId }) => backupId);
    expect(await asked(expiry - 1)).toEqual([B, 'a_1']);
    expect(await asked(expiry)).toEqual(['a_1']);
    expect(await readImage(tables, 'demo', B, expiry)).toBeUndefined();
  });
});

describe('the images of a client', () => {
  it('are listed restorable or deleted, newest change first, however the client is capitalised', async () => {
    const { tables, receive } = await testTables();
    await receive(image('22T01:00', 'a_1', 'CREATE'), image('22T02:00', 'a_2', 'CREATE', { clientName: 'SQL01' }));
    await receive(image('23T01:00', 'a_1', 'DELETE'), image('23T02:00', 'b_1', 'CREATE', { clientName: 'sql02' }));
    await receive(image('23T03:00', 'a_3', 'CREATE', {}, 'dr'));
    for (const client of ['sql01', 'SQL01']) {
      const images = await all(imagesOfClient(tables, 'demo', client, EVER, NOW));
      expect(images.map(({ backupId, condition }) => [backupId, condition])).toEqual([
        ['a_1', 'DELETED'],
        ['a_2', 'RESTORABLE'],
      ]);
    }
    expect(await all(imagesOfClient(tables, 'demo', 'sql01', dayOfNovember('22'), NOW))).toMatchObject([
      { backupId: 'a_2' },
    ]);
  });
});

describe('image events by day', () => {
  it('list each operation under the day it was received, newest first, both ends of the range included', async () => {
    const { tables, receive } = await testTables();
    await receive(image('22T23:59:59.999', 'a_1', 'CREATE'), image('23T00:00', 'a_1', 'NO_LOCAL_COPY_AVAILABLE'));
    await receive(image('23T01:00', 'a_1', 'DELETE'), image('23T23:59:59.999', 'a_2', 'CREATE'));
    await receive(image('23T02:00', 'a_1', 'CREATE', {}, 'dr'), image('24T00:00', 'a_2', 'DELETE'));
    const asked = async (from: string, to: string) =>
      (await all(imageEventsByDay(tables, 'demo', { from: at(from), to: at(to) }, NOW))).map(
        ({ entry }) => `${entry.backupId} ${entry.operationId}`,
      );
    const onThe23rd = ['a_2 CREATE', 'a_1 DELETE', 'a_1 NO_LOCAL_COPY_AVAILABLE'];
    expect(await asked('23T00:00', '23T23:59:59.999')).toEqual(onThe23rd);
    expect(await asked('22T00:00', '24T00:00')).toEqual(['a_2 DELETE', ...onThe23rd, 'a_1 CREATE']);
  });

  it('are complete, in order and without repeats when a day is more than the 1 MB of one page', async () => {
    const { tables } = await testTables();
    const padding = 'x'.repeat(8_000);
    const times = Array.from({ length: 300 }, (_, n) => at('23T10:00') + n);
    const facts = times.map((time, n) => ({
      ...factOf({ ...image('23T10:00', `a_${n}`, 'CREATE', { padding }), at: time }),
    }));
    await createLedger(tables.client, tables.ledger).append(facts, new AbortController().signal);
    const partition = dayOf('image', 'demo', at('23T10:00'));
    const query = queryOf({ table: tables.ledger, index: LEDGER_INDEXES.byDay, partition, range: EVER });
    const { LastEvaluatedKey, Count = 0 } = await tables.client.send(new QueryCommand(query));
    expect(LastEvaluatedKey).toBeDefined();
    expect(Count).toBeLessThan(300);
    const events = await all(imageEventsByDay(tables, 'demo', dayOfNovember('23'), NOW));
    expect(events.map(({ receivedAt }) => receivedAt)).toEqual(times.toReversed());
  });
});

describe('what was put aside', () => {
  const aside = (time: string, reason: string, primary = 'demo') =>
    asideItem(
      { primary, endpoint: primary, reason, receivedAt: at(time), connectionId: 'c-1', requestId: 'r-1' },
      JSON.stringify({ reason, time }),
    );

  it('is listed for one primary with its reason under the day of its receipt, newest first', async () => {
    const { tables } = await testTables();
    const items = [aside('22T23:59:59.999', 'first'), aside('23T00:00', 'second'), aside('23T05:00', 'third')];
    for (const item of [...items, aside('23T01:00', 'other', 'dr')]) {
      await putIfAbsent(tables.client, tables.ledger, item);
    }
    const asked = async (from: string, to: string) =>
      (await all(asidesByDay(tables, 'demo', { from: at(from), to: at(to) }, NOW))).map(({ reason }) => reason);
    expect(await asked('23T00:00', '23T23:59:59.999')).toEqual(['third', 'second']);
    expect(await asked('22T00:00', '24T00:00')).toEqual(['third', 'second', 'first']);
    expect(await all(asidesByDay(tables, 'dr', dayOfNovember('23'), NOW))).toMatchObject([{ reason: 'other' }]);
  });
});

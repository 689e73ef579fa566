import { describe, expect, it } from 'vitest';
import { canonicalItem, lineOf, plainItem } from '../../../functions/archive/line.ts';
import { objectName, parseObjectName } from '../../../functions/archive/object.ts';
import { at, factOf, image } from '../questions/received.ts';
import { streamRecord } from './archived.ts';

const fact = factOf(image('23T10:00', 'sql01_1', 'CREATE'));
/** The removal of an expired fact, without saying by whom. */
const removed = streamRecord('REMOVE', { old: { ...fact, expiresAt: at('23T11:00') / 1000 } }, 7, at('23T11:00'));

describe('the line of a stream record', () => {
  it('holds the whole fact as it is in the ledger', () => {
    expect(lineOf(streamRecord('INSERT', { item: fact }, 7, at('23T10:00')))).toEqual({
      ...{ event: 'INSERT', sequence: '000000000000000000007', at: at('23T10:00') },
      item: JSON.parse(JSON.stringify(fact)),
    });
  });

  it('is absent if TTL removed an expired fact, but not if somebody let TTL remove a fact before its time', () => {
    const userIdentity = { type: 'Service', principalId: 'dynamodb.amazonaws.com' };
    const removedWith = (expiresAt?: number) => ({
      ...streamRecord('REMOVE', { old: { ...fact, expiresAt } }, 7, at('23T11:00')),
      userIdentity,
    });
    expect(lineOf(removedWith(at('23T11:00') / 1000))).toBeUndefined();
    for (const expiresAt of [at('23T11:00') / 1000 + 1, undefined])
      expect(lineOf(removedWith(expiresAt))).toMatchObject({ event: 'REMOVE', old: { pk: fact.pk } });
  });

  it.each([
    ['nobody named', undefined],
    ['a person', { type: 'IAMUser', principalId: 'dynamodb.amazonaws.com' }],
    ['another service', { type: 'Service', principalId: 'backup.amazonaws.com' }],
  ])('holds the removed fact after a removal by %s', (_, userIdentity) => {
    expect(lineOf({ ...removed, userIdentity })).toMatchObject({
      event: 'REMOVE',
      old: { pk: fact.pk, entry: fact.entry },
    });
  });

  it('holds both versions after a change, whatever somebody made of the item', () => {
    const item = { ...fact, receivedAt: undefined, odd: new Set(['a']) };
    const changed = streamRecord('MODIFY', { old: fact, item }, 8, at('23T11:00'));
    expect(lineOf(changed)).toMatchObject({ old: { digest: fact.digest }, item: { odd: { SS: ['a'] } } });
  });
});

it('reads an item the same from the stream and from the SDK, with bytes and with numbers beyond a double', () => {
  const number = '12345678901234567890123';
  const fromStream = plainItem({ a: { B: 'aGk=' }, b: { N: number }, c: { L: [{ B: 'aGk=' }] }, d: { N: '7' } });
  const bytes = new Uint8Array(Buffer.from('hi'));
  const fromTable = plainItem({ d: { N: '7' }, c: { L: [{ B: bytes }] }, b: { N: number }, a: { B: bytes } });
  expect(canonicalItem(fromStream)).toBe(canonicalItem(fromTable));
  expect(fromStream).toEqual({ a: { B: 'aGk=' }, b: { N: number }, c: { L: [{ B: 'aGk=' }] }, d: 7 });
});

it('gives objects names that sort by their numbers and are parsed back into them', () => {
  const names = [9, 10, 99_999].map((number) => objectName(at('23T10:00'), number, 'abc'));
  expect(names.toSorted()).toEqual(names);
  expect(names.map((name) => parseObjectName(name)?.number)).toEqual([9, 10, 99_999]);
  expect(parseObjectName('facts/2026-11-23/1-abc.jsonl')).toBeUndefined();
});

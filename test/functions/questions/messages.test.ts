import { expect, it } from 'vitest';
import { failureItem, noticeItem, pendingSince, type TestIntent } from '../../../functions/alerts/intent.ts';
import { createOutbox, type TopicName } from '../../../functions/alerts/outbox.ts';
import { NEW_STATE } from '../../../functions/publisher/state.ts';
import { messagesSent, messagesUnsent } from '../../../functions/questions/messages.ts';
import { waitingIntents } from '../../../functions/questions/waiting.ts';
import { putIfAbsent } from '../../../functions/store/items.ts';
import { jobFact } from '../support.ts';
import { all, at, NOW, testTables } from './received.ts';

const ids = (messages: readonly { id: string }[]) => messages.map(({ id }) => id);

async function setUp() {
  const { tables } = await testTables();
  const { client, records } = tables;
  const outbox = createOutbox(client, records);
  const rendered = { Subject: 's', MessageStructure: 'json' as const, Message: '{}', MessageAttributes: {} };
  const message = { kind: 'Test', severity: 'critical', text: 't', rendered, members: [], requestIds: [] };
  return {
    tables,
    writeDown: (id: string, time: string, topics: readonly TopicName[] = ['alerts']) =>
      outbox.writeDown({ ...message, id, topics }, NEW_STATE, at(time)),
    sent: (id: string, time: string) => outbox.markPublished({ id, topics: ['alerts'] }, at(time)),
    put: (intent: object, time: string) => putIfAbsent(client, records, { ...intent, ...pendingSince(at(time)) }),
  };
}

it('sent messages are listed by when they were last sent, newest first, both ends of the range included', async () => {
  const { tables, writeDown, sent } = await setUp();
  for (const [id, time] of [
    ['1-a', '22T23:59:59.998'],
    ['1-b', '22T23:59:59.999'],
    ['1-c', '23T00:00'],
    ['1-d', '23T00:00:00.001'],
    ['1-e', '22T12:00'],
  ] as const) {
    await writeDown(id, '22T11:00');
    await sent(id, time);
  }
  // Whoever sent it first died before noting that, so it was sent again.
  await sent('1-e', '23T12:00');
  const asked = async (from: string, to: string) =>
    ids(await all(messagesSent(tables, { from: at(from), to: at(to) }, NOW)));
  expect(await asked('22T00:00', '23T23:00')).toEqual(['1-e', '1-d', '1-c', '1-b', '1-a']);
  expect(await asked('22T23:59:59.999', '23T00:00')).toEqual(['1-c', '1-b']);
});

it('messages that SNS has not taken yet are listed oldest first, without those of the canary', async () => {
  const { tables, writeDown, sent } = await setUp();
  await writeDown('1-a', '23T03:00');
  await writeDown('1-b', '23T01:00');
  await writeDown('1-c', '23T02:00');
  await writeDown('1-d', '23T00:30');
  await writeDown('1-e', '23T00:10', ['probe']);
  await sent('1-d', '23T00:40');
  expect(ids(await messagesUnsent(tables, NOW))).toEqual(['1-b', '1-c', '1-a']);
});

it('intents that wait for a message are listed oldest first, without those of the canary', async () => {
  const { tables, put } = await setUp();
  const times = ['23T05:00', '23T01:00', '23T04:00', '23T02:00', '23T03:00'];
  for (const time of times)
    await put(noticeItem<TestIntent>({ kind: 'Test', note: time, receivedAt: at(time) }, [time]), time);
  await put(failureItem(jobFact({}, { primary: 'canary', endpoint: 'canary' })), '23T00:30');
  const waiting = await all(waitingIntents(tables, NOW));
  expect(waiting.map(({ since }) => since)).toEqual(times.toSorted().map(at));
});

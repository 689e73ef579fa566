import { expect, test } from 'vitest';
import { StoppedError } from '../../client/errors.ts';
import { times } from '../../client/times.ts';
import { manualClock } from '../../local/clock.ts';
import {
  accepting,
  answer,
  client,
  type Heard,
  isConnect,
  oblige,
  quick,
  response,
  startEndpoint,
} from './endpoint.ts';

const payload = [{ notificationType: 'INFO', object: 'JOB', data: [{ jobId: 1 }] }];
const ids = (heard: readonly Heard[]) => heard.filter((each) => !isConnect(each)).map(({ message }) => message.id);

test.for([
  ['an array', []],
  ['an object', { ok: 1 }],
  ['absent', undefined],
] as const)('an acknowledgement is taken if its payload is %s', async ([, payloadOfAnswer]) => {
  const { url, heard } = await startEndpoint({ behave: accepting((each) => answer(each, payloadOfAnswer)) });
  const { primary, of } = client(url);
  await primary.start();
  const acknowledgement = await primary.notify(payload);
  expect(heard[1]?.message).toEqual({
    version: '1.0',
    id: acknowledgement.id,
    type: 'NOTIFICATION',
    subType: 'REQUEST',
    timeStamp: expect.any(Number),
    payload,
  });
  expect(acknowledgement).toMatchObject({ attempts: 1, frame: expect.stringContaining(acknowledgement.id) });
  expect(of('acknowledged')).toMatchObject([{ id: acknowledgement.id }]);
  expect(primary.outstanding()).toEqual([]);
});

test('a notification has the id and the time stamp that the caller gives', async () => {
  const { url, heard } = await startEndpoint();
  const { primary } = client(url);
  await primary.start();
  expect(await primary.notify([], { id: 'mine', timeStamp: 7 })).toMatchObject({ id: 'mine' });
  expect(heard[1]?.message).toMatchObject({ id: 'mine', timeStamp: 7 });
});

test.for([
  ['a request', { subType: 'REQUEST' }],
  ['a message of another type', { type: 'COMMAND', payload: {} }],
  ['an answer to CONNECT', { type: 'CONNECT', payload: { valid: true } }],
  ['a message with another id', { id: 'another' }],
] as const)('%s is not taken for an acknowledgement', async ([, wrong]) => {
  const behave = accepting((each) => {
    each.socket.send(JSON.stringify({ ...response(each, []), ...wrong }));
    answer(each, ['right']);
  });
  const { url } = await startEndpoint({ behave });
  const { primary, of } = client(url);
  await primary.start();
  expect((await primary.notify(payload)).frame).toContain('right');
  expect(of('unexpected')).toHaveLength(1);
  expect(of('closed')).toEqual([]);
});

test('a notification is sent again with its id and time stamp until it is acknowledged', async () => {
  const { url, heard } = await startEndpoint({ behave: accepting((each) => heard.length > 4 && oblige(each)) });
  const { primary, of } = client(url);
  await primary.start();
  const { id, attempts } = await primary.notify(payload, { timeStamp: 7 });
  expect(attempts).toBe(4);
  expect(heard.slice(1).map(({ message }) => [message.id, message.timeStamp])).toEqual(Array(4).fill([id, 7]));
  expect(of('sent').map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
});

test('an unacknowledged notification is sent again after exactly the documented 5 seconds', async () => {
  const clock = manualClock();
  const { url } = await startEndpoint({ behave: accepting(() => {}) });
  const { primary, of } = client(url, { clock, times: { ...times(), sendTimeout: 10_000 } });
  await primary.start();
  primary.notify(payload).catch(() => {});
  clock.advance(4999);
  expect(of('sent')).toHaveLength(1);
  clock.advance(1);
  expect(of('sent')).toHaveLength(2);
});

test('without keepIdOnResend each attempt has its own id, and an answer to any of them acknowledges', async () => {
  const held: Heard[] = [];
  const behave = accepting((each) => {
    const [first] = held;
    held.push(each);
    if (held.length === 3 && first) answer(first, []);
  });
  const { url, heard } = await startEndpoint({ behave });
  const { primary } = client(url, { keepIdOnResend: false });
  await primary.start();
  const { id, attempts } = await primary.notify(payload);
  expect(attempts).toBe(3);
  expect(new Set(ids(heard)).size).toBe(3);
  expect(id).toBe(ids(heard)[0]);
  expect(heard.slice(1).map(({ message }) => message.payload)).toEqual([payload, payload, payload]);
  expect(primary.outstanding()).toEqual([]);
});

test('a second acknowledgement of the same notification is reported as unexpected', async () => {
  const { url } = await startEndpoint({ behave: accepting((each) => [oblige(each), oblige(each)]) });
  const { primary, until } = client(url);
  await primary.start();
  const { id } = await primary.notify(payload);
  expect(await until('unexpected')).toMatchObject({ id });
});

test('unacknowledged notifications are sent again in order after a cut, the reconnect and its CONNECT', async () => {
  const { url, heard } = await startEndpoint({ behave: accepting((each) => each.connection > 1 && oblige(each)) });
  const { primary, of, until } = client(url, { times: { ...quick, resendAfter: 60_000 } });
  await primary.start();
  const all = ['a', 'b', 'c'].map((id) => primary.notify(payload, { id }));
  await expect.poll(() => heard.length).toBe(4);
  primary.cut();
  expect(await until('closed')).toMatchObject({ code: 1006, by: 'us' });
  all.push(primary.notify(payload, { id: 'd' }));
  expect(primary.outstanding()).toEqual(['a', 'b', 'c', 'd']);
  expect((await Promise.all(all)).map(({ attempts }) => attempts)).toEqual([2, 2, 2, 1]);
  const second = heard.filter(({ connection }) => connection === 2);
  expect(second.map(({ message }) => message.type).slice(0, 2)).toEqual(['CONNECT', 'NOTIFICATION']);
  expect(ids(second)).toEqual(['a', 'b', 'c', 'd']);
  expect(of('accepted')).toHaveLength(2);
});

test('a cut by the server is reported as theirs, and the notification is sent again', async () => {
  const behave = accepting((each) => (each.connection === 1 ? each.socket.terminate() : oblige(each)));
  const { url } = await startEndpoint({ behave });
  const { primary, of } = client(url);
  await primary.start();
  expect(await primary.notify(payload)).toMatchObject({ attempts: 2 });
  expect(of('closed')).toMatchObject([{ code: 1006, by: 'them' }]);
});

test('the client reconnects after exactly the documented minute', async () => {
  const clock = manualClock();
  const { url } = await startEndpoint();
  const { primary, of, until } = client(url, { clock, times: times() });
  await primary.start();
  primary.cut();
  await until('closed');
  clock.advance(59_999);
  expect(of('connecting')).toHaveLength(1);
  clock.advance(1);
  await until('accepted', 2);
});

test('a notification given before the start is sent once the connection is accepted', async () => {
  const { url } = await startEndpoint();
  const { primary } = client(url);
  const early = primary.notify(payload);
  await primary.start();
  expect(await early).toMatchObject({ attempts: 1 });
});

test('a notification given while the connection is closing waits for the next connection', async () => {
  const { url, heard } = await startEndpoint({
    behave: accepting((each) => (each.connection === 1 ? each.socket.send('garbage') : oblige(each))),
  });
  let late: Promise<{ attempts: number }> | undefined;
  const { primary } = client(url, {
    onEvent: ({ kind }) => {
      if (kind !== 'undecodable') return;
      queueMicrotask(() => {
        late = primary.notify(payload, { id: 'late' });
      });
    },
  });
  await primary.start();
  await primary.notify(payload, { id: 'first' });
  expect(await late).toMatchObject({ attempts: 1 });
  expect(ids(heard)).toEqual(['first', 'first', 'late']);
});

test('at most maxOutstanding notifications are under way, and the next follows each acknowledgement', async () => {
  const held: Heard[] = [];
  const { url, heard } = await startEndpoint({ behave: accepting((each) => held.push(each)) });
  const { primary, of } = client(url, { maxOutstanding: 2, times: { ...quick, resendAfter: 60_000 } });
  await primary.start();
  const all = ['a', 'b', 'c', 'd'].map((id) => primary.notify(payload, { id }));
  expect(of('sent')).toHaveLength(2);
  expect(primary.outstanding()).toEqual(['a', 'b', 'c', 'd']);
  for (const n of [0, 1, 2, 3]) {
    await expect.poll(() => held.length).toBeGreaterThan(n);
    const each = held[n];
    if (each) oblige(each);
    await all[n];
    expect(of('sent')).toHaveLength(Math.min(4, n + 3));
  }
  expect(ids(heard)).toEqual(['a', 'b', 'c', 'd']);
});

test('an id may be used again once it is acknowledged, and not before', async () => {
  const { url } = await startEndpoint();
  const { primary } = client(url);
  await primary.start();
  const first = primary.notify(payload, { id: 'same' });
  await expect(primary.notify(payload, { id: 'same' })).rejects.toThrow('outstanding');
  await first;
  await primary.notify(payload, { id: 'same' });
});

test('stopping rejects all unacknowledged notifications', async () => {
  const { url } = await startEndpoint({ behave: accepting(() => {}) });
  const { primary, until } = client(url, { maxOutstanding: 1 });
  await primary.start();
  const all = Promise.allSettled([primary.notify(payload), primary.notify(payload)]);
  await until('sent');
  await primary.stop();
  expect(await all).toMatchObject(Array(2).fill({ status: 'rejected', reason: expect.any(StoppedError) }));
  expect(primary.outstanding()).toEqual([]);
});

test('raw text is sent without waiting for an answer, which is then unexpected', async () => {
  const { url, heard } = await startEndpoint();
  const { primary, until } = client(url);
  await primary.start();
  primary.sendRaw('{ "id": "raw",   "type": "NOTIFICATION" }');
  expect(await until('unexpected')).toMatchObject({ id: 'raw' });
  expect(heard[1]?.message).toEqual({ id: 'raw', type: 'NOTIFICATION' });
  expect(primary.outstanding()).toEqual([]);
});

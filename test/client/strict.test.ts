import { once } from 'node:events';
import { expect, test } from 'vitest';
import { decode } from '../../client/envelope.ts';
import { accepting, client, type Heard, oblige, quick, response, startEndpoint } from './endpoint.ts';

const good = { version: '1.0', id: 'x', type: 'NOTIFICATION', subType: 'RESPONSE', timeStamp: 1, payload: [] };
const gateway = { message: 'Internal server error', connectionId: 'c', requestId: 'r' };

test.for([
  ['an acknowledgement', good],
  ['an acknowledgement without payload', { ...good, payload: undefined }],
  ['an answer to CONNECT', { ...good, type: 'CONNECT', payload: { valid: false } }],
  ['a COMMAND', { ...good, type: 'COMMAND', subType: 'REQUEST', payload: { uri: '/' } }],
] as const)('%s is decoded', ([, message]) => {
  expect(decode(JSON.stringify(message))).toEqual(message);
});

test.for([
  ["the gateway's own error frame", gateway],
  ['an unknown type', { ...good, type: 'HEARTBEAT' }],
  ['a type in lower case', { ...good, type: 'notification' }],
  ['an unknown subType', { ...good, subType: 'ERROR' }],
  ['no id', { ...good, id: undefined }],
  ['an empty id', { ...good, id: '' }],
  ['an id that is a number', { ...good, id: 1 }],
  ['another version', { ...good, version: '2.0' }],
  ['no version', { ...good, version: undefined }],
  ['a time stamp that is a string', { ...good, timeStamp: '1' }],
  ['a time stamp with a fraction', { ...good, timeStamp: 1.5 }],
  ['no time stamp', { ...good, timeStamp: undefined }],
  ['a seventh key', { ...good, status: 'ok' }],
  ['null as payload', { ...good, payload: null }],
  ['a string as payload', { ...good, payload: 'ok' }],
  ['an array as payload of CONNECT', { ...good, type: 'CONNECT', payload: [] }],
  ['"true" as a string in the answer to CONNECT', { ...good, type: 'CONNECT', payload: { valid: 'true' } }],
  ['no payload in a COMMAND', { ...good, type: 'COMMAND', payload: undefined }],
  ['an array', [good]],
  ['null', null],
] as const)('a message is not decoded: %s', ([, message]) => {
  expect(decode(JSON.stringify(message))).toBeUndefined();
});

test.for(['', 'hello', '{', 'undefined'])('the text "%s" is not decoded', (text) => {
  expect(decode(text)).toBeUndefined();
});

/** Sends this instead of an acknowledgement on the first connection. */
const instead = (data: string | Buffer) =>
  accepting((heard) => (heard.connection === 1 ? heard.socket.send(data) : oblige(heard)));

test.for([
  ['an undecodable text', JSON.stringify(gateway), 1000, JSON.stringify(gateway)],
  ['an empty text', '', 1000, ''],
  ['a binary message', Buffer.from(JSON.stringify(good)), 1003, '<binary>'],
  ['a text of 8,193 characters', JSON.stringify(good).padEnd(8193), 1009, JSON.stringify(good).padEnd(8193)],
  ['a text of 25 KB', ' '.repeat(25_000), 1009, '<Max payload size exceeded>'],
] as const)('%s ends the connection, and the notification is sent again on the next', async ([, data, code, frame]) => {
  const { url, sockets } = await startEndpoint({ behave: instead(data) });
  const codes: number[] = [];
  sockets.on('connection', (socket) => socket.on('close', (each) => codes.push(each)));
  const { primary, of } = client(url);
  await primary.start();
  expect(await primary.notify([])).toMatchObject({ attempts: 2 });
  expect(of('undecodable')).toMatchObject([{ frame }]);
  expect(of('closed')).toMatchObject([{ code, by: 'us' }]);
  expect(codes).toEqual([code]);
});

test('an acknowledgement of exactly 8,192 characters is taken, whatever its bytes', async () => {
  const pad = (heard: Heard) => {
    const without = JSON.stringify(response(heard, ['']));
    return JSON.stringify(response(heard, ['€'.repeat(8192 - without.length)]));
  };
  const { url } = await startEndpoint({ behave: accepting((heard) => heard.socket.send(pad(heard))) });
  const { primary, of } = client(url);
  await primary.start();
  expect((await primary.notify([])).frame).toHaveLength(8192);
  expect(of('closed')).toEqual([]);
});

test('text that is not UTF-8 ends the connection', async () => {
  const behave = accepting((heard) => heard.socket.send(Buffer.from([0xc3, 0x28]), { binary: false }));
  const { url } = await startEndpoint({ behave });
  const { primary, until } = client(url);
  await primary.start();
  primary.notify([]).catch(() => {});
  await until('undecodable');
  expect(await until('closed')).toMatchObject({ code: 1007, by: 'us' });
});

test('a message that arrives after an undecodable one is ignored', async () => {
  const behave = accepting((heard) => {
    if (heard.connection === 1) heard.socket.send('{}');
    oblige(heard);
  });
  const { url } = await startEndpoint({ behave });
  const { primary } = client(url);
  await primary.start();
  expect(await primary.notify([])).toMatchObject({ attempts: 2 });
});

test('a COMMAND is reported and not answered', async () => {
  const command = { ...good, id: 'command', type: 'COMMAND', subType: 'REQUEST', payload: { uri: '/admin/jobs' } };
  const behave = accepting((heard) => {
    heard.socket.send(JSON.stringify(command));
    oblige(heard);
  });
  const { url, heard } = await startEndpoint({ behave });
  const { primary, of } = client(url);
  await primary.start();
  await primary.notify([]);
  expect(of('command')).toMatchObject([{ id: 'command', message: command }]);
  await primary.notify([]);
  expect(heard.map(({ message }) => message.type)).toEqual(['CONNECT', 'NOTIFICATION', 'NOTIFICATION']);
});

test.for([
  [1012, 1002],
  [1013, 1002],
  [1001, 1001],
  [1011, 1011],
] as const)('a close with %i by the server is reported as %i', async ([code, reported]) => {
  const { url } = await startEndpoint({ behave: accepting((heard) => heard.socket.close(code, 'why')) });
  const { primary, until } = client(url);
  await primary.start();
  primary.notify([]).catch(() => {});
  expect(await until('closed')).toMatchObject({ code: reported, reason: 'why', by: 'them' });
});

test('the client stops even if the server does not answer the close', async () => {
  const { url, server } = await startEndpoint();
  const upgrade = once(server, 'upgrade');
  const { primary, until } = client(url, { times: { ...quick, sendTimeout: 50 } });
  await primary.start();
  const [, socket] = await upgrade;
  socket.pause();
  socket.removeAllListeners('data');
  await primary.stop();
  expect(await until('closed')).toMatchObject({ code: 1000, by: 'us' });
});

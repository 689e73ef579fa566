import { once } from 'node:events';
import { expect, test } from 'vitest';
import { RefusedError, StoppedError } from '../../client/errors.ts';
import { createPrimary } from '../../client/primary.ts';
import { selfSigned } from '../support/certificate.ts';
import { answer, client, endpointFile, isConnect, oblige, quick, startEndpoint } from './endpoint.ts';

const UUID = /^[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/;

test('the first message is CONNECT with the token, in an envelope with an upper-case UUID and epoch seconds', async () => {
  const { url, heard } = await startEndpoint();
  const { primary } = client(url, { clock: { now: () => 1_444_944_181_999, after: () => () => {} } });
  await primary.start();
  expect(heard.map(({ message }) => message)).toEqual([
    {
      version: '1.0',
      id: expect.stringMatching(UUID),
      type: 'CONNECT',
      subType: 'REQUEST',
      timeStamp: 1_444_944_181,
      payload: { token: 'a token' },
    },
  ]);
});

test('the upgrade request carries the five headers that it needs and nothing else', async () => {
  const { url, server } = await startEndpoint();
  const upgrade = once(server, 'upgrade');
  await client(url).primary.start();
  const [{ method, url: path, rawHeaders }] = await upgrade;
  const names = rawHeaders.filter((_: string, n: number) => n % 2 === 0);
  expect([method, path]).toEqual(['GET', '/live']);
  expect(names.sort()).toEqual(['Connection', 'Host', 'Sec-WebSocket-Key', 'Sec-WebSocket-Version', 'Upgrade']);
});

test('a token that is refused rejects start(), closes the connection, and is tried again', async () => {
  let known = false;
  const endpoint = await startEndpoint({ behave: (heard) => answer(heard, { valid: known }) });
  const { primary, events, until } = client(endpoint.url);
  await expect(primary.start()).rejects.toThrow(RefusedError);
  expect(await until('closed')).toMatchObject({ code: 1000, by: 'us' });
  known = true;
  await until('accepted');
  expect(events.map(({ kind }) => kind)).toEqual(['connecting', 'refused', 'closed', 'connecting', 'accepted']);
  expect(new Set(endpoint.heard.map(({ message }) => message.id)).size).toBe(2);
});

test('no notification is sent on a connection that is not accepted', async () => {
  const { url, heard } = await startEndpoint({ behave: (heard) => answer(heard, { valid: false }) });
  const { primary, until } = client(url);
  primary.notify([]).catch(() => {});
  await expect(primary.start()).rejects.toThrow(RefusedError);
  await until('refused', 2);
  expect(heard.every(isConnect)).toBe(true);
});

test('the client tries an unreachable endpoint until it is there', async () => {
  const gone = await startEndpoint();
  gone.stop();
  const { primary, until } = client(gone.url);
  const started = primary.start();
  expect(await until('unreachable', 2)).toMatchObject({ reason: expect.stringContaining('ECONNREFUSED') });
  await startEndpoint({ port: gone.port });
  await started;
});

test('a refused upgrade is reported as an unreachable endpoint, with the HTTP status in the reason', async () => {
  const { url, sockets } = await startEndpoint();
  sockets.options.verifyClient = () => false;
  const { primary, until } = client(url);
  primary.start().catch(() => {});
  expect(await until('unreachable')).toMatchObject({ reason: expect.stringContaining('401') });
});

test('a CONNECT that is not answered in time ends the connection, and the client connects again', async () => {
  const { url } = await startEndpoint({ behave: (heard) => heard.connection > 1 && oblige(heard) });
  const { primary, until } = client(url, { times: { ...quick, connectTimeout: 20 } });
  const started = primary.start();
  expect(await until('closed')).toMatchObject({ code: 1006, by: 'us', reason: 'the CONNECT was not answered in time' });
  await until('connecting', 2);
  await started;
});

test('an answer to CONNECT with another id does not accept the connection', async () => {
  const behave = ({ message, ...heard }: Parameters<typeof oblige>[0]) => {
    answer({ ...heard, message: { ...message, id: 'another' } }, { valid: true });
    answer({ ...heard, message }, { valid: false });
  };
  const { url } = await startEndpoint({ behave });
  const { primary, of } = client(url);
  await expect(primary.start()).rejects.toThrow(RefusedError);
  expect(of('unexpected')).toMatchObject([{ id: 'another' }]);
  expect(of('accepted')).toEqual([]);
});

test('ws:// is refused unless the run is declared insecure', () => {
  expect(() => createPrimary({ endpoint: endpointFile('ws://127.0.0.1/') })).toThrow('wss://');
});

test('wss:// works with the certificate that was accepted, and with no other', async () => {
  const [certificate, other] = [selfSigned(), selfSigned()];
  const { url } = await startEndpoint({ certificate });
  const trusting = client(url, { insecure: false, ca: certificate.cert });
  await trusting.primary.start();
  await trusting.primary.notify([{}]);
  for (const options of [{}, { ca: other.cert }]) {
    const { primary, until } = client(url, { insecure: false, ...options });
    primary.start().catch(() => {});
    expect(await until('unreachable')).toMatchObject({ reason: expect.stringContaining('self-signed certificate') });
  }
});

test('stopping closes the connection, and calls after that are refused', async () => {
  const { url, sockets } = await startEndpoint();
  const { primary, of } = client(url);
  await primary.start();
  const [socket] = sockets.clients;
  const closed = once(socket ?? sockets, 'close');
  await Promise.all([primary.stop(), primary.stop()]);
  expect((await closed)[0]).toBe(1000);
  expect(of('closed')).toMatchObject([{ code: 1000, by: 'us' }]);
  await expect(primary.notify([])).rejects.toThrow(StoppedError);
  expect(() => primary.sendRaw('')).toThrow('no open connection');
});

test('stopping also works while the CONNECT is unanswered, and before the client has started', async () => {
  const { url } = await startEndpoint({ behave: () => {} });
  const { primary, until } = client(url);
  const started = primary.start();
  await until('connecting');
  await primary.stop();
  await expect(started).rejects.toThrow(StoppedError);
  await client(url).primary.stop();
});

test('no event contains the token', async () => {
  const { url } = await startEndpoint();
  const { primary, events } = client(url);
  await primary.start();
  await primary.notify([{}]);
  expect(JSON.stringify([events, primary.events])).not.toContain('a token');
  expect(primary.events).toEqual(events);
});

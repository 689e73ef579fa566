import { expect, test } from 'vitest';
import { client, isConnect, startEndpoint } from './endpoint.ts';

const payload = [{ text: 'x'.repeat(20_000) }];

test('a connection that is cut in the middle of a message shows the other side nothing of it, and the next one does', async () => {
  const { url, heard, sockets } = await startEndpoint();
  let bytes = 0;
  sockets.on('connection', (_, { socket }) => socket.on('data', (data) => (bytes += data.length)));
  const { primary, of, until } = client(url);
  await primary.start();
  primary.cutWithin(payload);
  // What is given meanwhile must not be taken for the rest of it.
  const acknowledged = primary.notify(payload);
  expect(await until('closed')).toMatchObject({ code: 1006, by: 'us' });
  await acknowledged;
  expect(heard.filter((each) => !isConnect(each)).map(({ message }) => message.payload)).toEqual([payload]);
  expect(of('accepted')).toHaveLength(2);
  // Half of the first and all of the second.
  expect(bytes).toBeGreaterThan(30_000);
});

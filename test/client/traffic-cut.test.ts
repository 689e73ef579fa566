import { expect, test } from 'vitest';
import { client, isConnect, startEndpoint } from './endpoint.ts';

const payload = [{ text: 'x'.repeat(20_000) }];

test('a message that is cut in the middle is not delivered, and the next connection delivers the next one', async () => {
  const { url, heard, sockets } = await startEndpoint();
  let bytes = 0;
  sockets.on('connection', (_, { socket }) => socket.on('data', (data) => (bytes += data.length)));
  const { primary, of, until } = client(url);
  await primary.start();
  primary.cutWithin(payload);
  // A notification that is given meanwhile must not become the rest of the cut message.
  const acknowledged = primary.notify(payload);
  expect(await until('closed')).toMatchObject({ code: 1006, by: 'us' });
  await acknowledged;
  expect(heard.filter((each) => !isConnect(each)).map(({ message }) => message.payload)).toEqual([payload]);
  expect(of('accepted')).toHaveLength(2);
  // Half of the cut message, and all of the notification.
  expect(bytes).toBeGreaterThan(30_000);
});

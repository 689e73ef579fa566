import { once } from 'node:events';
import { expect, test } from 'vitest';
import { times } from '../../client/times.ts';
import { type ManualClock, manualClock } from '../../local/clock.ts';
import { client, startEndpoint } from './endpoint.ts';

const connected = async (autoPong: boolean, clock: ManualClock) => {
  const { url, sockets } = await startEndpoint({ autoPong });
  const session = client(url, { clock, times: times() });
  await session.primary.start();
  const [socket] = sockets.clients;
  if (!socket) throw new Error('no connection');
  let pings = 0;
  socket.on('ping', () => {
    pings += 1;
  });
  return { ...session, socket, pings: () => pings };
};

test('a ping is sent every 30 seconds, and the connection stays open while the server answers', async () => {
  const clock = manualClock();
  const { of, socket, pings } = await connected(true, clock);
  for (let n = 1; n <= 10; n += 1) {
    clock.advance(29_999);
    clock.advance(1);
    await expect.poll(pings).toBe(n);
    // The client answers in order: its answer to a ping of the server proves that the pong before that has arrived.
    socket.ping();
    await once(socket, 'pong');
  }
  expect(of('closed')).toEqual([]);
});

test('three missing pongs are allowed; the ping after a fourth ends the connection, and the client reconnects', async () => {
  const clock = manualClock();
  const { of, until, pings } = await connected(false, clock);
  for (let n = 1; n <= 4; n += 1) {
    clock.advance(30_000);
    await expect.poll(pings).toBe(n);
  }
  expect(of('closed')).toEqual([]);
  clock.advance(30_000);
  expect(await until('closed')).toMatchObject({ code: 1006, by: 'us', reason: 'too many missing pongs' });
  clock.advance(60_000);
  await until('accepted', 2);
});

test('one pong makes up for all missing pongs', async () => {
  const clock = manualClock();
  const { of, socket, pings } = await connected(false, clock);
  for (let n = 1; n <= 9; n += 1) {
    clock.advance(30_000);
    await expect.poll(pings).toBe(n);
    if (n % 3 !== 0) continue;
    socket.pong();
    socket.ping();
    await once(socket, 'pong');
  }
  expect(of('closed')).toEqual([]);
});

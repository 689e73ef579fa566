import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Answer, answersOf, type Seen } from '../../cli/doctor/probe/answers.ts';
import { burst } from '../../cli/doctor/probe/burst.ts';
import { type Idle, watchIdle } from '../../cli/doctor/probe/idle.ts';
import { notificationOf, SIZES } from '../../cli/doctor/probe/sizes.ts';
import { issueText, regionOf } from '../../cli/doctor/probe/text.ts';
import { ACCOUNT } from '../../local/environment.ts';
import { connect, failed, ok, start } from '../local/gateway/harness.ts';
import { startNbwatch } from './nbwatch.ts';

const NEVER = new AbortController().signal;
const MINUTE_MS = 60_000;
const file = (url: string) => ({ token: 't', priority: 1, groupId: 'g', hostName: 'h', url });

it('doctor --probe settles what one machine can, alerts nobody, and fails on a wrong token or address', async () => {
  const { nbwatch, json, folder, endpoint, run, published, items, meanwhile } = await startNbwatch();
  writeFileSync(join(folder, 'demo.endpoint.json'), JSON.stringify(endpoint));
  const { code, out, err } = await nbwatch('doctor', '--probe', '--minutes', '1', '--jobs', '5', '--json');
  expect(code).toBe(0);
  expect(err).toMatch(/^Reporting 5 jobs, one after the other …\n/);
  const { answers, ...rest }: { answers: Answer[]; [name: string]: unknown } = JSON.parse(out);
  expect(rest).toMatchObject({ region: 'one machine', minutes: 1, jobs: 6, version: expect.stringMatching(/^\d/) });
  const [idle, pings, ...others] = answers;
  for (const one of [idle, pings]) expect(one).toMatchObject({ seen: 'still open after 1 min 0 s', isSettled: false });
  // The emulator has the limits that AWS documents.
  const sizes = others.slice(0, SIZES.length);
  expect(sizes.map(({ seen }) => seen)).toEqual(sizes.map(({ said }) => said));
  expect(others.slice(SIZES.length + 1)).toMatchObject([
    { seen: expect.stringMatching(/^p50 \d+ ms, p99 \d+ ms, at most \d+ ms of 5$/), isSettled: true },
    { seen: expect.stringMatching(/^\d+ ms after 0 min \d+ s$/), isSettled: false },
  ]);
  await run.idle();
  // Four before the quiet time, fewer than ConnectionChurn counts, and one after it.
  const connections = (await items('RegistryTable')).filter(({ pk }) => String(pk).startsWith('connection#'));
  expect(connections).toHaveLength(5);
  expect(await json('jobs', '--client', 'nbwatch-doctor')).toHaveLength(6);
  expect(await json('quarantine')).toEqual([]);
  expect(published).toEqual([]);
  const series = (await items('RecordsTable')).filter(({ pk }) => String(pk).startsWith('series#'));
  expect(series).toEqual([]);

  meanwhile(async () => void process.emit('SIGINT'));
  const stopped = await nbwatch('doctor', '--probe', '--jobs', '1');
  expect(stopped.code).toBe(0);
  expect(stopped.out).toMatch(/\n\| Do pings alone .* \| _not settled:_ still open after 0 min 0 s \|/);
  expect(stopped.err).not.toContain('Sending many messages');
  for (const text of [out, stopped.out])
    for (const secret of [endpoint.hostName, new URL(endpoint.url).port, endpoint.token, ACCOUNT])
      expect(text).not.toContain(secret);

  const there = join(folder, 'there.endpoint.json');
  writeFileSync(there, JSON.stringify({ ...endpoint, token: 'another' }));
  const refused = await nbwatch('doctor', '--probe', '--endpoint', there);
  expect(refused).toMatchObject({ code: 1, out: '' });
  expect(refused.err).toContain('does not accept the token');
  writeFileSync(there, JSON.stringify({ ...endpoint, url: 'ws://127.0.0.1:1/nbwss' }));
  expect((await nbwatch('doctor', '--probe', '--endpoint', there)).err).toContain('cannot be reached');
  expect(await nbwatch('doctor', '--minutes', '3')).toMatchObject({ code: 2, out: '' });
});

describe('the two idle connections of the probe', () => {
  const routes = { $default: () => ok, $disconnect: () => ok };

  /** Watches by the clock of a gateway, on which every wait passes at once. */
  async function watched(minutes: number, pingsResetIdle: boolean): Promise<Idle> {
    const harness = await start(routes, { pingsResetIdle });
    const wait = async (ms: number) => {
      // The gateway has read what was sent on other connections before once it answers on this one.
      const other = await connect(harness);
      await other.pinged();
      harness.clock.advance(ms);
      await other.pinged();
      other.socket.terminate();
    };
    const destination = { endpoint: file(harness.gateway.url), ca: undefined };
    return watchIdle(destination, { ms: minutes * MINUTE_MS, wait, stop: NEVER });
  }

  it('both end where pings do not reset the idle time', async () => {
    const { seconds, silent, pinged } = await watched(11, false);
    expect([seconds, silent?.code, pinged?.code]).toEqual([660, 1001, 1001]);
  });

  it('only the silent one ends where pings reset the idle time', async () => {
    const { silent, pinged } = await watched(11, true);
    expect([silent?.code, pinged]).toEqual([1001, undefined]);
  });

  it('are closed when the probe is stopped', async () => {
    const harness = await start(routes);
    const stopping = new AbortController();
    const wait = async () => stopping.abort();
    const destination = { endpoint: file(harness.gateway.url), ca: undefined };
    const found = await watchIdle(destination, { ms: MINUTE_MS, wait, stop: stopping.signal });
    expect(found).toEqual({ seconds: 0, silent: undefined, pinged: undefined });
    await expect.poll(() => harness.gateway.connections()).toEqual([]);
  });
});

it('a burst shows the frame that the gateway sends for a failed invocation, without its ids', async () => {
  let first = true;
  const harness = await start({
    $disconnect: () => ok,
    async $default({ body = '', requestContext: { connectionId } }) {
      const { id, type, payload } = JSON.parse(body);
      if (type === 'NOTIFICATION' && first) {
        first = false;
        return failed;
      }
      const answer = { version: '1.0', id, type, subType: 'RESPONSE', timeStamp: 1 };
      const text = JSON.stringify({ ...answer, payload: type === 'CONNECT' ? { valid: true } : payload });
      await harness.gateway.management.post(connectionId, Buffer.from(text));
      return ok;
    },
  });
  const found = await burst({ endpoint: file(harness.gateway.url), ca: undefined });
  expect(found).toEqual({
    ...{ sent: 20, acknowledged: 19, strange: 1, code: undefined },
    frame: '{"message": "Internal server error", "connectionId":"…", "requestId":"…"}',
  });
});

it('a notification of the probe has exactly the bytes of its size, and is JSON', () => {
  for (const { bytes } of SIZES) {
    const text = notificationOf(bytes);
    expect(Buffer.byteLength(text)).toBe(bytes);
    expect(JSON.parse(text)).toMatchObject({ type: 'NOTIFICATION', payload: [] });
  }
});

describe('the answers of the probe', () => {
  const end = (afterSeconds: number) => ({ code: 1001, reason: 'Going away', afterSeconds });
  const pings = (idle: Idle) => answersOf({ idle, sizes: [] })[1];
  it.each<[string, Idle, string, boolean]>([
    [
      'both ended',
      { seconds: 1_200, silent: end(600), pinged: end(600) },
      'no: closed with 1001 (Going away) after 10 min 0 s',
      true,
    ],
    [
      'only the silent one ended',
      { seconds: 1_200, silent: end(605), pinged: undefined },
      'yes: still open after 20 min 0 s',
      true,
    ],
    [
      'it was stopped too early',
      { seconds: 605, silent: end(600), pinged: undefined },
      'still open after 10 min 5 s',
      false,
    ],
  ])('say whether pings keep a connection open, when %s', (_, idle, seen, isSettled) => {
    expect(pings(idle)).toMatchObject({ seen, isSettled });
  });

  it.each<[string, Partial<Seen>, boolean]>([
    [
      'are not settled by a burst that was acknowledged',
      { burst: { sent: 20, acknowledged: 20, strange: 0, frame: undefined, code: undefined } },
      false,
    ],
    [
      'are settled by a burst in which one message was throttled',
      { burst: { sent: 20, acknowledged: 19, strange: 1, frame: '{}', code: undefined } },
      true,
    ],
    ['are not settled by messages without an acknowledgement', { latencies: [undefined] }, false],
    ['are settled by a first message after five quiet minutes', { first: { quietSeconds: 300, ms: 400 } }, true],
    ['are not settled by a first message after less', { first: { quietSeconds: 299, ms: 400 } }, false],
  ])('%s', (_, seen, isSettled) => {
    expect(answersOf({ sizes: [], ...seen })).toMatchObject([{ isSettled }]);
  });

  it('are a table that no value breaks, with a count of what is settled', () => {
    const answers = [{ question: 'a|b?', seen: 'x\ny', said: 'z', isSettled: false }];
    const text = issueText({ version: '1', region: 'eu-central-1', at: '2026', minutes: 20, jobs: 3 }, answers);
    expect(text).toContain('\n| a\\|b? | _not settled:_ x y | z |\n');
    expect(text).toContain('0 of 1 are settled. The probe reported 3 jobs');
  });

  it('name the Region if the host name contains it', () => {
    expect(regionOf('wss://abc.execute-api.eu-central-1.amazonaws.com/nbwss')).toBe('eu-central-1');
    expect(regionOf('wss://backup.example.com/nbwss')).toBe('not known');
    expect(regionOf('ws://127.0.0.1:8080/nbwss')).toBe('one machine');
  });
});

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { send } from '../../cli/simulate/send.ts';
import { createTally, percentile } from '../../cli/simulate/tally.ts';
import type { Delivery } from '../../client/traffic/delivery.ts';
import { night } from '../../client/traffic/night.ts';
import { SCENARIOS } from '../../local/scenarios/scenarios.ts';
import {
  accepting,
  answer,
  type Behaviour,
  endpointFile,
  isConnect,
  oblige,
  startEndpoint,
} from '../client/endpoint.ts';
import { commandLine, startNbwatch } from './nbwatch.ts';

const SMALL = ['--clients', '4', '--policies', '3', '--fail', '50%', '--minutes', '0'];

const smallNight = (): readonly Delivery[] =>
  night({ clients: 4, policies: 3, fail: 0.5, seed: 1, firstJob: 1, endsAt: 1_795_000_000 }).deliveries;
const pace = { connections: 1, outstanding: 4, due: () => 0, waitMs: 60_000, stop: new AbortController().signal };

/** A command line, and an endpoint file for a server that treats each message as `behave` says. */
async function startServer(behave: Behaviour) {
  const folder = mkdtempSync(join(tmpdir(), 'nbwatch-cli-'));
  const nbwatch = commandLine(folder);
  const { url, heard } = await startEndpoint({ behave });
  const file = join(folder, 'there.endpoint.json');
  const write = (url: string) => writeFileSync(file, JSON.stringify(endpointFile(url)));
  write(url);
  return { nbwatch, heard, file, write, url };
}

it('simulate sends traffic across cut connections, reads back that each fact is stored once, and reports it', async () => {
  const { nbwatch, json, folder, endpoint, run } = await startNbwatch();
  writeFileSync(join(folder, 'demo.endpoint.json'), JSON.stringify(endpoint));
  const { code, out } = await nbwatch('simulate', 'reconnects', ...SMALL, '--seed', '7');
  expect(out).toMatch(/^reconnects: .*\nto ws:.*seed 7, jobs from \d{10,}\n/);
  const [, heading = '', row = ''] = /\n(notifications.*)\n(\d.*)\n/.exec(out) ?? [];
  const columns = Object.fromEntries(row.split(/ +/).map((cell, n) => [heading.split(/ {2,}/)[n], Number(cell)]));
  expect(columns).toMatchObject({ 'failed jobs': 2, acknowledged: columns.notifications, lost: 0 });
  expect(columns.reconnects).toBeGreaterThan(0);
  expect(out).toMatch(
    /Facts acknowledged: \d+; all are in the ledger\.\nJobs with a nonzero status, status 1 included: \d+; \d+ in messages/,
  );
  expect(out).not.toContain('number of facts differs');
  expect(code).toBe(0);
  await run.idle();
  expect(await json('jobs', '--failed', '--status', '2-9999')).toHaveLength(2);
  expect(await json('quarantine')).toEqual([]);
});

it('simulate names a notification that is never acknowledged, and exits with 1', async () => {
  let unanswered = '';
  const { nbwatch, file } = await startServer(
    accepting((each) => {
      unanswered ||= each.message.id;
      if (each.message.id !== unanswered) oblige(each);
    }),
  );
  const given = ['simulate', 'night', ...SMALL, '--endpoint', file, '--wait', '1'];
  const { code, out } = await nbwatch(...given);
  expect(out).toContain(`Not acknowledged: ${unanswered}\n`);
  expect(code).toBe(1);
  unanswered = '';
  const again = await nbwatch(...given, '--json', '--first-job', '7', '--seed', '3');
  const report = JSON.parse(again.out);
  expect(report).toMatchObject({
    traffic: 'night',
    seed: 3,
    firstJob: 7,
    failedJobs: 2,
    lost: [unanswered],
    unsent: 0,
  });
  expect(report.notifications).toBe(report.acknowledged + 1);
  expect(report).not.toHaveProperty('verified');
  expect(again.code).toBe(1);
});

it('a late acknowledgement counts with its whole time; stopping counts the rest as unsent', async () => {
  const stopping = new AbortController();
  const { url, heard } = await startEndpoint({ behave: accepting((each) => heard.length > 3 && oblige(each)) });
  const deliveries = smallNight();
  const tally = createTally();
  // Two are sent, and answered once the third has cut their connection. The others are due in an hour.
  const sent = send(
    deliveries.slice(0, 6).map((delivery, n): Delivery => (n === 2 ? { ...delivery, cut: 'before' } : delivery)),
    { ...pace, endpoint: endpointFile(url), due: (_, n) => (n < 3 ? 0 : 3_600_000), stop: stopping.signal, tally },
  );
  await expect.poll(() => tally.acknowledged).toBe(3);
  stopping.abort();
  expect(await sent).toMatchObject({ lost: [], unsent: 3 });
  expect(tally).toMatchObject({ sent: 3, resends: 2, accepted: 2 });
  expect(Math.max(...tally.times)).toBeGreaterThanOrEqual(500);
});

it('copies of one message all reach the server, each once the one before is acknowledged', async () => {
  let waiting = 0;
  const waited: number[] = [];
  const { url, heard } = await startEndpoint({
    behave: accepting(async (each) => {
      waiting += 1;
      waited.push(waiting);
      await sleep(50);
      waiting -= 1;
      oblige(each);
    }),
  });
  const [one] = smallNight();
  const sent = await send(one ? [one, one, one] : [], { ...pace, endpoint: endpointFile(url), connections: 2 });
  expect(sent.acknowledged).toHaveLength(3);
  expect(waited).toEqual([1, 1, 1]);
  expect(heard.filter((each) => !isConnect(each)).map(({ message }) => message.id)).toEqual(Array(3).fill(one?.id));
});

it('simulate sends no traffic without a usable endpoint, and names the next step', async () => {
  const { nbwatch, heard, file, write } = await startServer((each) => answer(each, { valid: false }));
  const says = async (...argv: string[]) => {
    const { code, out, err } = await nbwatch('simulate', ...argv);
    return [code, out, err];
  };
  expect(await says('night')).toEqual([3, '', expect.stringContaining('Start one with: npm start')]);
  expect(await says('night', '--stack', 'Nbwatch')).toEqual([2, '', expect.stringContaining('--endpoint')]);
  expect(await says('night', '--endpoint', join(file, 'not'))).toEqual([
    3,
    '',
    expect.stringContaining('cannot be read'),
  ]);
  expect(heard).toEqual([]);
  const [code, , err] = await says('night', '--endpoint', file);
  expect([code, err]).toEqual([1, expect.stringMatching(/does not accept the token.*\n.*endpoint rotate/)]);
  expect(err).not.toContain(endpointFile('').token);
  write('ws://10.0.0.1:8080/nbwss');
  expect(await says('night', '--endpoint', file)).toEqual([2, '', expect.stringContaining('is not encrypted')]);
});

it.each([
  [['night', '--fail', '3'], 2, 'percentage'],
  [['night', '--rate', '0/s'], 2, 'notifications per second'],
  [['night', '--rate', '5/s', '--minutes', '1'], 2, 'cannot be used together'],
  [['night', '--emails'], 2, 'night is traffic: nbwatch itself sends the emails. --emails is only for scenarios.'],
  [['dead-primary', '--first-job', '7'], 2, 'dead-primary is a scenario: --first-job is only for traffic.'],
  [['--rate', '5/s'], 2, 'Without a name, everything is only listed: --rate is only for traffic.'],
  [['knight'], 3, 'no traffic or scenario named knight'],
  [['knight', '--rate', '5/s'], 3, 'no traffic or scenario named knight'],
])('nbwatch simulate %j exits with %i', async (argv, code, why) => {
  expect(await commandLine()('simulate', ...argv)).toMatchObject({ code, out: '', err: expect.stringContaining(why) });
});

it('simulate without a name lists all traffic and scenarios, each name once', async () => {
  const nbwatch = commandLine();
  const { out } = await nbwatch('simulate');
  expect(out).toMatch(
    /^Traffic, sent to a running nbwatch.*\nnight .*\n\nScenarios, played with a simulated clock.*\nransom-after-a-month +1 ImagesDeleted +After/s,
  );
  const rows = (await nbwatch('simulate', '--json')).out.trim().split('\n');
  const names = rows.map((row) => String(JSON.parse(row).name));
  expect(new Set(names).size).toBe(names.length);
  expect(names).toHaveLength(7 + SCENARIOS.length);
});

it.each([
  [[], 50, 0],
  [[7], 50, 7],
  [[4, 1, 3, 2], 50, 2],
  [[4, 1, 3, 2], 51, 3],
  [[4, 1, 3, 2], 100, 4],
])('of %j, percentile %i is %i', (numbers, percent, expected) => {
  expect(percentile(numbers, percent)).toBe(expected);
});

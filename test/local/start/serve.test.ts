import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { type EndpointFile, parseEndpointFile } from '../../../client/endpoint-file.ts';
import { createPrimary } from '../../../client/primary.ts';
import type { RunDescription } from '../../../local/describe-run.ts';
import { readExample } from '../../support/examples.ts';
import { isServed, leftBy, newPlace, processesWith, SLOW, serving, startProgram } from './program.ts';

/*
 * One folder through several runs, in order: each test continues where the one before it ended.
 */
const place = newPlace();
afterAll(() => place.remove());

const endpointFile = () => readFileSync(join(place.folder, 'demo.endpoint.json'), 'utf8');
const left = () => processesWith(place.folder);

/** Makes sure that a port is in use: by this test, unless another program has it. */
async function take(port: number): Promise<void> {
  const server: Server = createServer().listen(port, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening').catch((error) => expect(error.code).toBe('EADDRINUSE'));
}

async function notify(endpoint: EndpointFile, file: string): Promise<void> {
  const primary = createPrimary({ endpoint, insecure: true });
  onTestFinished(() => primary.stop());
  await primary.start();
  await primary.notify(readExample(file).payload);
}

/** A table as any AWS client sees it, whatever its credentials and its Region. */
async function scan({ awsUrl, outputs }: RunDescription, table: 'LedgerTable' | 'RecordsTable') {
  const credentials = { accessKeyId: 'anybody', secretAccessKey: 'anything' };
  const client = new DynamoDBClient({ region: 'eu-west-3', endpoint: awsUrl, credentials });
  onTestFinished(() => client.destroy());
  const { Items = [] } = await client.send(new ScanCommand({ TableName: outputs[table] }));
  return Items.map((item) => unmarshall(item));
}

let first: EndpointFile | undefined;

it('a run serves on free ports when the default ones are in use, prints its addresses and ends cleanly on Ctrl-C', {
  timeout: SLOW,
}, async () => {
  await Promise.all([take(8080), take(4566)]);
  const program = startProgram(place, ['--no-demo']);
  const run = await serving(place, program);

  expect(run.pid).toBe(program.pid);
  expect(run.region).toBe('us-east-1');
  expect(run.endpointUrl).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/nbwss$/);
  expect(run.awsUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect([new URL(run.endpointUrl).port, new URL(run.awsUrl).port]).not.toEqual(expect.arrayContaining(['8080']));
  expect(new URL(run.awsUrl).port).not.toBe('4566');
  expect(run.outputs.EndpointUrl).toBe(run.endpointUrl);
  expect(run.tables.map((name) => name.slice(0, -8))).toEqual(['StoresLedger', 'StoresRecords', 'StoresRegistry']);
  const { AlertsTopicArn, ChatTopicArn, OperationsTopicArn } = run.outputs;
  const probed = expect.stringContaining(':ProbeTopic');
  expect(run.topics).toEqual([AlertsTopicArn, ChatTopicArn, probed, OperationsTopicArn]);
  expect(run.buckets).toEqual([run.outputs.GivenUpBucket, run.outputs.ArchiveBucket]);
  expect(run.queues).toHaveLength(2);
  expect(run.functions).toHaveLength(6);
  for (const [address, preferred] of [
    [run.endpointUrl, 8080],
    [run.awsUrl, 4566],
  ])
    expect(program.text()).toContain(`${address}   (${preferred} is in use)`);

  expect(Object.keys(JSON.parse(endpointFile())).toSorted()).toEqual([
    'groupId',
    'hostName',
    'priority',
    'token',
    'url',
  ]);
  expect(statSync(join(place.folder, 'demo.endpoint.json')).mode & 0o777).toBe(0o600);
  first = parseEndpointFile(endpointFile());
  expect(first.url).toBe(run.endpointUrl);
  expect(program.text() + program.stderr()).not.toContain(first.token);

  // While it serves, no other run gets the folder.
  const second = startProgram(place, ['--no-demo']);
  expect(await second.ended).toBe(1);
  expect(second.stderr()).toMatch(new RegExp(`^Another nbwatch \\(process ${program.pid}\\) uses .*\\n$`));
  expect(isServed(place)).toBe(true);

  // Ctrl-C right after the acknowledgement: whatever is not projected yet has to wait for the next run.
  await notify(first, '08-job-failed.json');
  program.ctrlC();
  expect(await program.ended).toBe(0);
  expect(isServed(place)).toBe(false);
  expect(left()).toEqual([]);
  expect(leftBy(place)).toEqual([]);
  expect(program.stderr()).toBe('');
  expect(program.text()).not.toMatch(/ failed: |denied|could not/);
  alerts.push(...alertsOf(program.text()));
});

const alerts: string[] = [];
const alertsOf = (text: string) => text.split('\n').filter((line) => line.includes(' alert: '));

it('the next run projects what the last one acknowledged, keeps the token, and leaves no process when killed', {
  timeout: SLOW,
}, async () => {
  const program = startProgram(place, []);
  const run = await serving(place, program);
  expect(program.text()).toContain('the story needs empty tables');
  expect(program.text()).not.toContain('checks passed');
  const endpoint = parseEndpointFile(endpointFile());
  expect(endpoint.token).toBe(first?.token);
  await notify(endpoint, '03-job-active.json');
  await expect
    .poll(async () => (await scan(run, 'RecordsTable')).filter(({ sk }) => sk === 'job').map(({ pk }) => pk))
    .toEqual(expect.arrayContaining(['job#demo#148', 'job#demo#144']));
  await expect.poll(() => [...alerts, ...alertsOf(program.text())]).toHaveLength(1);
  expect(await scan(run, 'LedgerTable')).toHaveLength(2);

  program.signal('SIGKILL');
  expect(await program.ended).toBe('SIGKILL');
  await expect.poll(left).toEqual([]);
});

it('a run in memory starts after a killed run, and neither sees nor changes the folder’s data', {
  timeout: SLOW,
}, async () => {
  const kept = () =>
    readdirSync(join(place.folder, 'dynamodb'), { withFileTypes: true }).map(({ name }) => {
      const { size, mtimeMs } = statSync(join(place.folder, 'dynamodb', name));
      return [name, size, mtimeMs];
    });
  const before = kept();
  expect(before.length).toBeGreaterThan(0);
  const program = startProgram(place, ['--no-demo', '--in-memory', '--port', '0', '--aws-port', '0']);
  const run = await serving(place, program);
  expect(await scan(run, 'LedgerTable')).toEqual([]);
  await notify(parseEndpointFile(endpointFile()), '04-restore-done.json');
  await expect.poll(() => scan(run, 'LedgerTable')).toHaveLength(1);
  program.signal('SIGTERM');
  expect(await program.ended).toBe(0);
  expect(isServed(place)).toBe(false);
  expect(kept()).toEqual(before);
});

it('--reset begins with empty tables and a new token, and the run then serves what the story stored', {
  timeout: SLOW,
}, async () => {
  const program = startProgram(place, ['--reset', '--port', '0', '--aws-port', '0']);
  const run = await serving(place, program);
  expect(program.text()).toContain('checks passed');
  const jobs = (await scan(run, 'LedgerTable')).filter(({ pk }) => pk.startsWith('job#'));
  expect(new Set(jobs.map(({ pk }) => pk))).toEqual(
    new Set(Array.from({ length: 12 }, (_, index) => `job#demo#${2101 + index}`)),
  );
  expect((await scan(run, 'RecordsTable')).map(({ pk }) => pk)).toContain('job#demo#2111');
  expect(alertsOf(program.text())).toEqual([]);
  expect(parseEndpointFile(endpointFile()).token).not.toBe(first?.token);
  program.signal('SIGINT');
  expect(await program.ended).toBe(0);
  expect(left()).toEqual([]);
});

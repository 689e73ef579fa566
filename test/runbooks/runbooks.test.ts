import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteTableCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { expect, it, onTestFinished } from 'vitest';
import { endpointFile } from '../../cli/endpoint-file.ts';
import type { EndpointFile } from '../../client/endpoint-file.ts';
import { times } from '../../client/times.ts';
import type { Item } from '../../functions/store/items.ts';
import type { Published } from '../../local/proxy/sns-rules.ts';
import { startNbwatch } from '../cli/nbwatch.ts';
import { allItems, imageContent, jobContent, must } from '../functions/support.ts';
import { assemblyWith } from '../support/assembly-with.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { DOCUMENTED } from '../support/examples.ts';
import { startTestRun, type TestRun } from '../support/test-run.ts';
import { restore, streamOf, switchOn } from './tables.ts';

/*
 * Plays each of docs/runbooks.md once on one machine. A database that outlives a run stands for tables that outlive a stack.
 */

/** Each test starts several stacks, which takes long on a busy machine. */
const SLOW = { timeout: 240_000 };

/** A budget that alerts about each failure on its own, as in the stack of other tests. */
const TALKATIVE = { alertSingles: 60, alertsPerHour: 60 };

/** A stack on the tables of a database: with settings, or as it is deployed without any. */
const start = (dynamodb: TestDatabase, settings?: Record<string, unknown>) =>
  startNbwatch({ dynamodb, ...(settings && { assembly: assemblyWith({ ...TALKATIVE, ...settings }) }) });

const job = (jobId: number, other: Record<string, unknown> = {}) => [
  { notificationType: 'INFO', object: 'JOB', data: [jobContent({ jobId, parentJobId: jobId, ...other })] },
];
const image = (backupId: string) => [
  { notificationType: 'INFO', object: 'IMAGE', data: [imageContent({ backupId, operationId: 'CREATE' })] },
];

/** NetBackup's own times, except for the minute that it waits before it connects again. */
const IMPATIENT = { ...times(), reconnectAfter: 50 };

/** Sends payloads with the endpoint file of a primary server, at the address that its host name leads to now. */
async function send(test: TestRun, endpoint: EndpointFile, ...payloads: unknown[][]): Promise<void> {
  const primary = test.primary({ endpoint: { ...endpoint, url: test.run.endpointUrl }, times: IMPATIENT });
  await primary.start();
  for (const payload of payloads) await primary.notify(payload);
  await primary.stop();
}

/** The failed jobs that people were alerted about, singly or in a digest, once for each time. */
function told(published: readonly Published[]): number[] {
  return published
    .map(({ bodies }) => JSON.parse(bodies.default ?? ''))
    .flatMap(({ kind, job, failures = [] }) =>
      kind === 'JobFailed' ? [job] : kind === 'FailureDigest' ? failures : [],
    )
    .map(({ jobId }) => jobId)
    .toSorted((a, b) => a - b);
}

const namesOf = ({ run: { deployment } }: TestRun) => {
  const { LedgerTable = '', RecordsTable = '', RegistryTable = '' } = deployment.outputs;
  return { ledger: LedgerTable, records: RecordsTable, registry: RegistryTable };
};

/** The records that facts amount to: jobs, images, series and their runs. */
const derived = (items: readonly Item[]) =>
  items.filter(({ sk }) => /^(job|image|series|run#.*)$/.test(String(sk))).map(({ version: _, ...item }) => item);

it(
  'after a destroy, the next stack adopts the kept tables: tokens work, nothing is lost, and no alert comes twice',
  SLOW,
  async () => {
    const database = testDatabase();
    const first = await start(database);
    await first.play(...DOCUMENTED, '08-job-failed.json');
    expect(told(first.published)).toEqual([148]);
    const records = derived(await first.items('RecordsTable'));
    // Acknowledged, but not projected when the stack goes.
    first.run.mappings.pause();
    await send(first, first.endpoint, job(149));
    await first.primary({ times: IMPATIENT }).start();
    await first.run.stop();

    const { ledger, records: kept, registry } = namesOf(first);
    const second = await start(database, {
      adoptLedger: await streamOf(database.client, ledger),
      adoptRecords: await streamOf(database.client, kept),
      adoptRegistry: registry,
    });
    expect(second.run.deployment.ofType('AWS::DynamoDB::Table')).toEqual([]);
    expect(namesOf(second)).toEqual({ ledger, records: kept, registry });
    await second.run.idle();
    // The whole stream is projected again, which changes nothing except for the fact that waited.
    expect(told(second.published)).toEqual([149]);
    await send(second, first.endpoint, job(150), job(148));
    await second.run.idle();
    expect(told(second.published)).toEqual([149, 150]);
    expect(derived(await second.items('RecordsTable'))).toEqual(
      expect.arrayContaining(records.filter(({ sk }) => sk !== 'series')),
    );
    expect(await second.nbwatch('rebuild')).toMatchObject({ code: 0, out: '' });
    expect((await second.json('jobs')).map(({ jobId }) => jobId)).toEqual(expect.arrayContaining([148, 149, 150]));
    // The connection that the destroy ended without a word.
    const [shown] = await second.json('endpoint', 'show', 'demo');
    expect(shown?.connections).toContainEqual(expect.objectContaining({ state: 'lost' }));
    expect((await database.client.send(new ListTablesCommand({}))).TableNames).toHaveLength(3);
    expect(second.troubles).toEqual([]);
  },
);

it(
  'with only a restored Ledger adopted, a rebuild makes Records as they were at its time and alerts nobody',
  SLOW,
  async () => {
    const database = testDatabase();
    const { client } = database;
    const first = await start(database);
    await first.play(...DOCUMENTED, '08-job-failed.json');
    const then = await first.items('RecordsTable');
    const facts = (await first.items('LedgerTable')).length;
    const at = Math.max(...(await first.items('LedgerTable')).map(({ receivedAt }) => Number(receivedAt)));
    await send(first, first.endpoint, job(151), image('localhost_2'));
    await first.run.idle();
    await first.run.stop();
    const { ledger, records } = namesOf(first);
    const restored = { client, table: 'nbwatch-ledger-restored' };
    await restore({ client, table: ledger }, restored, ({ receivedAt }) => Number(receivedAt) <= at);
    const adoptLedger = await switchOn(client, restored.table, 'ledger');

    // The stack goes on with its own Records: the rebuild removes what no fact supports any more, except for images.
    const second = await start(database, { adoptLedger });
    expect(await second.items('LedgerTable')).toHaveLength(facts);
    expect((await second.nbwatch('rebuild')).out.trim().split('\n')).toEqual(
      expect.arrayContaining(['orphan job: job#demo#151 job', expect.stringMatching(/^orphan series run: .*#151#/)]),
    );
    const ofImage = ({ pk }: Item) => pk === 'image#demo#localhost_2';
    const left = derived(await second.items('RecordsTable'));
    expect(left.filter(ofImage)).toHaveLength(1);
    expect(left.filter((item) => !ofImage(item))).toEqual(expect.arrayContaining(derived(then)));
    await second.run.idle();
    expect(second.published).toEqual([]);
    await second.run.stop();

    // Records are lost too: the stack makes a new table.
    await client.send(new DeleteTableCommand({ TableName: records }));
    const third = await start(database, { adoptLedger });
    await third.run.idle();
    expect(await third.items('RecordsTable')).toEqual([]);
    expect((await third.nbwatch('rebuild')).code).toBe(0);
    const sorted = (items: readonly Item[]) =>
      derived(items)
        .map((item) => JSON.stringify(item))
        .toSorted();
    expect(sorted(await third.items('RecordsTable'))).toEqual(sorted(then));
    await send(third, first.endpoint, job(148), job(152));
    await third.run.idle();
    expect(told(third.published)).toEqual([152]);
    expect([...second.troubles, ...third.troubles]).toEqual([]);
  },
);

it(
  'in another Region, with copied tables and the same host name, the endpoint file works and no alert repeats',
  SLOW,
  async () => {
    const host = { domainName: 'netbackup.example.com' };
    const certificate = (region: string) => ({
      certificateArn: `arn:aws:acm:${region}:000000000000:certificate/7e2f`,
    });
    const [here, there] = [testDatabase(), testDatabase()];
    const first = await start(here, { ...host, ...certificate('us-east-1') });
    const { priority, groupId, token } = first.endpoint;
    const file = endpointFile({ group: groupId, priority }, token, must(first.run.deployment.outputs.EndpointUrl));
    expect(file).toMatchObject({ hostName: 'netbackup.example.com', url: 'wss://netbackup.example.com/nbwss' });
    await send(first, file, job(148), job(149, { status: 0 }));
    await first.run.idle();
    expect(told(first.published)).toEqual([148]);
    await first.run.stop();

    const { ledger, records, registry } = namesOf(first);
    for (const table of [ledger, records, registry])
      await restore({ client: here.client, table }, { client: there.client, table });
    const second = await start(there, {
      ...{ ...host, ...certificate('eu-central-1') },
      adoptLedger: await switchOn(there.client, ledger, 'ledger'),
      adoptRecords: await switchOn(there.client, records, 'records'),
      adoptRegistry: registry,
    });
    expect(second.run.deployment.outputs.EndpointUrl).toBe(file.url);
    expect(second.run.deployment.outputs.DomainTarget).toMatch(/^d-\w+\.execute-api\./);
    await send(second, file, job(148), job(150));
    await second.run.idle();
    expect(told(second.published)).toEqual([150]);
    expect(await second.nbwatch('rebuild')).toMatchObject({ code: 0, out: '' });
    expect((await second.json('jobs')).map(({ jobId }) => jobId).toSorted()).toEqual([148, 149, 150]);
    // The canary connects by the host name, as primary servers do.
    const probe = must(second.run.deployment.functions.find(({ id }) => id.startsWith('Probe')));
    expect(probe.environment.ENDPOINT_URL).toBe(file.url);
    await second.run.functions.invoke(probe.id, {});
    expect(second.logs.some((line) => line.includes('"CanaryMissed":0'))).toBe(true);
    expect((await allItems(here.client, ledger)).length).toBeLessThan((await second.items('LedgerTable')).length);
    expect(second.troubles).toEqual([]);
  },
);

it(
  'while functions are replaced and put back under traffic, every fact is stored, projected and alerted once',
  SLOW,
  async () => {
    const test = await startTestRun();
    const { run, logs } = test;
    const primary = test.primary({ times: IMPATIENT, maxOutstanding: 2 });
    await primary.start();
    const ids = Array.from({ length: 12 }, (_, index) => 1_000 + index);
    const isFailed = (jobId: number) => jobId % 2 === 0;
    const sendSome = (from: number, to: number) =>
      ids.slice(from, to).map((jobId) => primary.notify(job(jobId, { status: isFailed(jobId) ? 156 : 0 })));

    const newer = mkdtempSync(join(tmpdir(), 'nbwatch-newer-'));
    onTestFinished(() => rmSync(newer, { recursive: true, force: true }));
    const replaced = run.deployment.functions.filter(({ id }) => /^(Ingest|Projection|Publisher)/.test(id));
    const older = new Map(replaced.map(({ id, codePath }) => [id, codePath]));
    for (const { id, codePath } of replaced) {
      cpSync(codePath, join(newer, id), { recursive: true });
      const bundle = join(newer, id, 'index.mjs');
      writeFileSync(bundle, `console.log('newer ${id}');\n${readFileSync(bundle, 'utf8')}`);
    }
    const replace = async (path: (id: string) => string) => {
      for (const definition of replaced) {
        definition.codePath = path(definition.id);
        await run.functions.recycle(definition.id);
      }
    };

    const first = sendSome(0, 4);
    await Promise.race(first);
    // The upgrade, while the others are on their way.
    await replace((id) => join(newer, id));
    const second = sendSome(4, 8);
    await Promise.all([...first, ...second]);
    await run.idle();
    for (const { id } of replaced) expect(logs).toContain(`newer ${id}`);
    // And back to the version before.
    const third = sendSome(8, 12);
    await replace((id) => must(older.get(id)));
    const started = () => logs.filter((line) => line.startsWith('newer ')).length;
    const newerStarted = started();
    await Promise.all(third);
    await run.idle();

    expect(started()).toBe(newerStarted);
    const [facts, records] = [await test.items('LedgerTable'), await test.items('RecordsTable')];
    expect(facts.map(({ pk }) => pk).toSorted()).toEqual(ids.map((jobId) => `job#demo#${jobId}`));
    const jobs = records.filter(({ sk }) => sk === 'job');
    expect(jobs.map(({ pk, facts }) => [pk, facts]).toSorted()).toEqual(ids.map((jobId) => [`job#demo#${jobId}`, 1]));
    await expect.poll(() => told(test.published)).toEqual(ids.filter(isFailed));
    expect(primary.outstanding()).toEqual([]);
    expect(test.troubles).toEqual([]);
  },
);

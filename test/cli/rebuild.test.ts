import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateTableCommand, DeleteItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { intentKey, jobRecordKey } from '../../functions/keys/records.ts';
import type { ItemKey } from '../../functions/keys/tables.ts';
import type { Item } from '../../functions/store/items.ts';
import { errorReply } from '../../local/proxy/answers.ts';
import { PROJECT } from '../../local/stack/synthesize.ts';
import { readExample } from '../support/examples.ts';
import { startNbwatch } from './nbwatch.ts';

it('rebuild restores missing and wrong records, deletes those without facts, names each, and raises no alert', async () => {
  const { nbwatch, json, play, run, items, published, look } = await startNbwatch();
  await play('03-job-active.json', '05-image-deleted.json', '07-job-and-images.json', '08-job-failed.json');
  const sorted = async () =>
    (await items('RecordsTable')).map(({ version: _, ...item }) => JSON.stringify(item)).toSorted();
  const before = await sorted();
  const TableName = run.deployment.outputs.RecordsTable ?? '';
  const spoil = ({ pk, sk }: Item | ItemKey, attribute: string) =>
    run.dynamodb.send(
      new UpdateItemCommand({
        ...{ TableName, Key: marshall({ pk, sk }), UpdateExpression: `SET ${attribute} = :wrong` },
        ExpressionAttributeValues: marshall({ ':wrong': 'wrong' }),
      }),
    );
  await run.dynamodb.send(new DeleteItemCommand({ TableName, Key: marshall(jobRecordKey('demo', 144)) }));
  await spoil(jobRecordKey('demo', 146), 'clientName');
  await spoil(jobRecordKey('demo', 999), 'clientName');
  const ofSeries = (await items('RecordsTable')).filter(({ pk }) => String(pk).startsWith('series#'));
  for (const item of ofSeries) await spoil(item, 'clientName');
  const failure = intentKey('demo', { jobId: 148, startTime: 1459830500, state: 'DONE', status: 156 });
  await spoil(failure, 'requestId');
  const { code, out, err } = await nbwatch('rebuild');
  expect(code).toBe(0);
  expect(out.trim().split('\n').sort()).toEqual(
    [
      'missing job: job#demo#144 job',
      'different job: job#demo#146 job',
      'orphan job: job#demo#999 job',
      ...ofSeries.map(({ pk, sk }) => `different series${sk === 'series' ? '' : ' run'}: ${pk} ${sk}`),
      `different failure: ${failure.pk} ${failure.sk}`,
    ].sort(),
  );
  const wrong = `1 missing, ${2 + ofSeries.length} different, 1 orphan`;
  expect(err).toMatch(new RegExp(`\nDone: 4 items were right, ${wrong}; all are right now\\.\n$`));
  const shown = (text: string) => text.replaceAll(/run#\d{13}/g, 'run#');
  const documented = new Set(shown(readFileSync(join(PROJECT, 'docs/repair.md'), 'utf8')).split('\n'));
  expect(
    shown(out + err)
      .split('\n')
      .filter((line) => !documented.has(line)),
  ).toEqual([]);
  expect(await look.job('demo', 146)).toMatchObject({ clientName: 'DummyTestVM' });
  expect(await sorted()).toEqual(before);
  await spoil(failure, 'requestId');
  expect(await json('rebuild')).toEqual([{ ...failure, what: 'failure', was: 'different' }]);
  expect(await nbwatch('rebuild')).toMatchObject({ code: 0, out: '' });
  await run.idle();
  expect(published).toHaveLength(1);
});

it('rebuild of all records during a stuck projection: the unprojected failure alerts once later, and no other', async () => {
  const { nbwatch, play, run, items, published, primary } = await startNbwatch();
  await play('08-job-failed.json');
  expect(published).toHaveLength(1);
  const TableName = run.deployment.outputs.RecordsTable ?? '';
  for (const { pk, sk } of await items('RecordsTable'))
    await run.dynamodb.send(new DeleteItemCommand({ TableName, Key: marshall({ pk, sk }) }));
  run.mappings.pause();
  const other = primary();
  await other.start();
  await other.notify(jobs([149], { state: 'DONE', status: 156 }));
  expect((await nbwatch('rebuild')).out.match(/missing failure/g)).toHaveLength(2);
  run.mappings.resume();
  await run.idle();
  const publisher = run.deployment.functions.find(({ id }) => id.startsWith('Publisher'))?.id ?? '';
  // Nothing may wake the publisher for this failure, but it runs every minute anyway.
  for (const minute of [1, 2])
    expect(await run.functions.invoke(publisher, {}), `${minute}`).toMatchObject({ ok: true });
  expect(await nbwatch('rebuild')).toMatchObject({ code: 0, out: '' });
  expect(published).toHaveLength(2);
});

describe('a rebuild that was interrupted', () => {
  it('goes on where it stopped, fixes everything, names each record once, and leaves no file behind', async () => {
    const { rebuild, folder, partitions, records, wipe } = await startOnPages();
    const before = await records();
    await wipe();
    // It fails at the second partition of the third page.
    const first = await rebuild({ visited: 2 * PAGE + 2 });
    expect(first.code).toBe(1);
    expect(first.err).toMatch(
      /stopped after 6 jobs and images\. ExpiredTokenException: .*\n.* goes on where it stopped/,
    );
    const done = first.visited.slice(0, 2 * PAGE);
    const second = await rebuild();
    expect(second.code).toBe(0);
    expect(second.err).toMatch(
      /^Going on where the rebuild of [-0-9]+ [:0-9]+ UTC stopped\. --from-start starts over\.\n/,
    );
    expect(second.err).toContain('\nDone with the rest: ');
    expect(second.visited.toSorted()).toEqual(partitions.filter((pk) => !done.includes(pk)));
    expect(`${first.out}${second.out}`.trim().split('\n').sort()).toEqual(
      partitions.map((pk) => `missing job: ${pk} job`),
    );
    expect(await records()).toEqual(before);
    expect(readdirSync(folder)).toEqual(['local.json']);
    const third = await rebuild();
    expect(third.visited.toSorted()).toEqual(partitions);
    expect([third.out, third.err]).toEqual(['', expect.stringMatching(/^3 jobs(.*\n)*Done: 10 items were right/)]);
  });

  it('goes on within its second pass, and does not repeat the first', async () => {
    const { rebuild, folder, partitions, records, wipe, run } = await startOnPages();
    const before = await records();
    await wipe();
    const invented = { pk: 'job#demo#99', sk: 'job' };
    const TableName = run.deployment.outputs.RecordsTable;
    await run.dynamodb.send(new PutItemCommand({ TableName, Item: marshall(invented) }));
    const first = await rebuild({ swept: 1 });
    expect([first.code, first.visited.toSorted()]).toEqual([1, partitions]);
    expect(first.err).toMatch(/stopped after 0 jobs and series of Records\. ExpiredTokenException: .*\n/);
    const second = await rebuild({ swept: PAGE + 2 });
    expect([second.code, second.visited]).toEqual([1, []]);
    const done = second.swept.slice(0, PAGE);
    const third = await rebuild();
    expect([third.code, third.visited]).toEqual([0, []]);
    expect(third.err).toMatch(/^Going on (.*\n)*Done with the rest: /);
    const left = [...partitions, invented.pk].filter((pk) => !done.includes(pk));
    expect([...new Set(third.swept)].sort()).toEqual(left.sort());
    expect(`${first.out}${second.out}${third.out}`.trim().split('\n').sort()).toEqual(
      [...partitions.map((pk) => `missing job: ${pk} job`), `orphan job: ${invented.pk} job`].sort(),
    );
    expect(await records()).toEqual(before);
    expect(readdirSync(folder)).toEqual(['local.json']);
  });

  it('is forgotten with --from-start, even if the new rebuild does not get far', async () => {
    const { rebuild, partitions } = await startOnPages();
    const first = await rebuild({ visited: 2 * PAGE + 2 });
    const restarted = await rebuild({ visited: 2 }, '--from-start');
    expect(restarted.visited.toSorted()).toEqual(first.visited.slice(0, PAGE).sort());
    const third = await rebuild();
    expect(third.visited.toSorted()).toEqual(partitions);
    expect(`${restarted.err}${third.err}`).not.toContain('Going on');
  });

  it('does not go on in another Records table, such as a restored one, but makes all of its records', async () => {
    const { nbwatch, rebuild, partitions, folder, run } = await startOnPages();
    expect((await rebuild({ visited: 2 * PAGE + 2 })).code).toBe(1);
    const file = join(folder, 'local.json');
    const described = JSON.parse(readFileSync(file, 'utf8'));
    const KeySchema = [
      { AttributeName: 'pk', KeyType: 'HASH' as const },
      { AttributeName: 'sk', KeyType: 'RANGE' as const },
    ];
    const AttributeDefinitions = KeySchema.map(({ AttributeName }) => ({ AttributeName, AttributeType: 'S' as const }));
    const restored = {
      TableName: 'Restored',
      KeySchema,
      AttributeDefinitions,
      BillingMode: 'PAY_PER_REQUEST' as const,
    };
    await run.dynamodb.send(new CreateTableCommand(restored));
    writeFileSync(file, JSON.stringify({ ...described, outputs: { ...described.outputs, RecordsTable: 'Restored' } }));
    const { code, out, err } = await nbwatch('rebuild');
    expect([code, err]).toEqual([0, expect.not.stringContaining('Going on')]);
    expect(out.trim().split('\n').sort()).toEqual(partitions.map((pk) => `missing job: ${pk} job`));
  });

  it('starts from the beginning and says so when the file does not say where it stopped', async () => {
    const { rebuild, partitions, folder, run } = await startOnPages();
    const { LedgerTable, RecordsTable } = run.deployment.outputs;
    const file = join(folder, `rebuild-${LedgerTable}-${RecordsTable}.json`);
    const texts = [
      '{"pk":"job#demo#101","sk":"a"}',
      '{"table":"registry"}',
      '{"table":"records","after":{"pk":"a","sk":""}}',
    ];
    for (const text of ['', '{"table":"led', 'null', '[]', '{}', ...texts]) {
      writeFileSync(file, text);
      const { code, err, visited } = await rebuild();
      expect([code, visited.toSorted()], text).toEqual([0, partitions]);
      expect(err.split('\n')[0], text).toBe(
        `${file} does not say where a rebuild stopped: starting from the beginning.`,
      );
    }
  });
});

/** How many items a page of a scan has; on AWS, a page is 1 MB. */
const PAGE = 3;

/** Ten jobs, and a rebuild that scans in pages of three items. */
async function startOnPages() {
  const test = await startNbwatch();
  const ids = Array.from({ length: 10 }, (_, index) => index + 101);
  const primary = test.primary();
  await primary.start();
  await primary.notify(jobs(ids));
  await test.run.idle();
  const { LedgerTable, RecordsTable } = test.run.deployment.outputs;
  let seen: { visited: string[]; swept: string[] } = { visited: [], swept: [] };
  let failing = { visited: 0, swept: 0 };
  let scanned: unknown;
  await test.between(({ operation, request }) => {
    if (operation === 'Scan') {
      request.Limit = PAGE;
      scanned = request.TableName;
    }
    // Pass one reads from Records for each partition of the ledger; pass two queries the facts of each of Records.
    const keys = request.RequestItems?.[RecordsTable ?? '']?.Keys;
    const [pass, pk] =
      scanned === LedgerTable
        ? (['visited', keys?.[0].pk.S] as const)
        : (['swept', operation === 'Query' && request.ExpressionAttributeValues[':pk'].S] as const);
    if (!pk) return undefined;
    seen[pass].push(pk);
    return seen[pass].length === failing[pass]
      ? errorReply('dynamodb', 400, 'ExpiredTokenException', 'The security token included in the request is expired')
      : undefined;
  });
  const records = async () => (await test.items('RecordsTable')).sort((a, b) => (String(a.pk) < String(b.pk) ? -1 : 1));
  return {
    ...test,
    /** Every partition of the ledger, in order. */
    partitions: ids.map((id) => `job#demo#${id}`),
    records,
    /** Deletes every record. */
    async wipe() {
      for (const { pk, sk } of await records())
        await test.run.dynamodb.send(new DeleteItemCommand({ TableName: RecordsTable, Key: marshall({ pk, sk }) }));
    },
    /**
     * Runs rebuild. In the result, `visited` are the partitions of the ledger that the first pass reached, and `swept`
     * those of Records that the second one reached. As arguments, they say at which partition a pass fails, from 1 on.
     */
    async rebuild({ visited = 0, swept = 0 } = {}, ...options: string[]) {
      seen = { visited: [], swept: [] };
      failing = { visited, swept };
      return { ...(await test.nbwatch('rebuild', ...options)), ...seen };
    },
  };
}

/** The payload with which a primary server reports these jobs. */
function jobs(ids: readonly number[], more: Record<string, unknown> = {}) {
  const [notification] = readExample('03-job-active.json').payload;
  return [
    { ...notification, data: ids.map((id) => ({ ...notification?.data[0], jobId: id, parentJobId: id, ...more })) },
  ];
}

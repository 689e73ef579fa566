import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { expect, it } from 'vitest';
import { createOutbox } from '../../../functions/alerts/outbox.ts';
import { variantKey } from '../../../functions/keys/ledger.ts';
import { intentKey, jobRecordKey, seriesKey, seriesRunKey } from '../../../functions/keys/records.ts';
import type { ItemKey } from '../../../functions/keys/tables.ts';
import type { FactItem } from '../../../functions/ledger/fact.ts';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { project } from '../../../functions/projection/project.ts';
import { createRebuild, rebuild, sweep } from '../../../functions/projection/rebuild.ts';
import { type Item, putIfAbsent } from '../../../functions/store/items.ts';
import { allItems, type Content, imageItem, jobItem, must, NEVER, RECEIVED, testTables } from '../support.ts';

const IMAGE_DAYS = 7;
const LATER = RECEIVED + 1_000_000;
const SERIES = { primary: 'demo', clientName: 'DummyTestVM', policyName: 'vmware2', jobType: 'BACKUP' };
const SERIES_PK = seriesKey({ ...SERIES, scheduleType: 'ST_FULL' }).pk;

const pairOf = ({ pk, sk }: Item | ItemKey) => ({ pk: String(pk), sk: String(sk) });

async function setUp() {
  const { client, ledger, records } = await testTables();
  const store = createLedger(client, ledger);
  /** The context of a rebuild that makes its calls with this client. */
  const contextOf = (calls: DynamoDBClient) => ({
    ...createRebuild(calls, { ledger, records }, IMAGE_DAYS),
    now: () => RECEIVED,
  });
  const context = contextOf(client);
  const all = () => allItems(client, records);
  const partitions = async (table: string) => [...new Set((await allItems(client, table)).map(({ pk }) => String(pk)))];
  return {
    ...{ context, contextOf, client, all },
    outbox: createOutbox(client, records),
    append: (...facts: FactItem[]) => store.append(facts, NEVER),
    appendRaw: (item: object) => putIfAbsent(client, ledger, item),
    async arrive(...facts: FactItem[]) {
      const appended = await store.append(facts, NEVER);
      for (const [index, fact] of facts.entries()) {
        const { pk, sk } = appended[index] === 'variant' ? variantKey(fact, fact.digest) : fact;
        await project(context, pk, new Set([sk]));
      }
    },
    /** The item at a place. */
    at: async ({ pk, sk }: Item | ItemKey) => (await all()).find((item) => item.pk === pk && item.sk === sk),
    put: (item: object) =>
      client.send(new PutItemCommand({ TableName: records, Item: marshall(item, { removeUndefinedValues: true }) })),
    remove: (place: ItemKey) =>
      client.send(new DeleteItemCommand({ TableName: records, Key: marshall(pairOf(place)) })),
    /** Runs both passes. Returns what was not right. */
    async rebuildAll(by = context) {
      const found = [];
      for (const pk of await partitions(ledger)) found.push(...(await rebuild(by, pk)));
      for (const pk of await partitions(records)) found.push(...(await sweep(by, pk)));
      return found.filter(({ was }) => was !== 'same').map(({ was, what, pk, sk }) => `${was} ${what}: ${pk} ${sk}`);
    },
  };
}

/** A job of the series whose end was received `ms` ms after RECEIVED. */
const ended = (jobId: number, ms: number, status: number, other: Content = {}) =>
  jobItem({ jobId, status, ...other }, { receivedAt: RECEIVED + ms });
const START = 1_459_830_500;
const runPlace = (jobId: number, ms: number, status: number) =>
  seriesRunKey({ ...SERIES, scheduleType: 'ST_FULL' }, RECEIVED + ms, { jobId, startTime: START, status });
const jobPlace = (jobId: number) => jobRecordKey('demo', jobId);
const failurePlace = (jobId: number, status: number) =>
  intentKey('demo', { jobId, startTime: START, state: 'DONE', status });
const SERIES_PLACE = { pk: SERIES_PK, sk: 'series' };
const said = (was: string, what: string, { pk, sk }: ItemKey) => `${was} ${what}: ${pk} ${sk}`;

it('a rebuild restores each record that is missing or wrong, says which it was, and then finds nothing more', async () => {
  const { arrive, all, at, put, remove, rebuildAll } = await setUp();
  await arrive(ended(1, 0, 0), ended(2, 10, 156), imageItem());
  const before = await all();
  const image = pairOf(must(before.find(({ sk }) => sk === 'image')));
  const places: [string, ItemKey][] = [
    ['job', jobPlace(2)],
    ['image', image],
    ['series run', runPlace(2, 10, 156)],
    ['series', SERIES_PLACE],
  ];
  const wrong: [string, (item: Item) => object][] = [
    ['different', (item) => ({ ...item, clientName: 'wrong', more: 1 })],
    // Projections never replace this one, because it claims to be of newer facts.
    ['different', (item) => ({ ...item, newestAt: LATER, messageTime: LATER, version: 'x', receivedAt: LATER })],
    ['different', ({ pk, sk }) => ({ pk, sk })],
  ];
  const withoutVersion = (items: Item[]) => items.map(({ version: _, ...item }) => item);
  for (const [what, place] of places) {
    const item = must(await at(place));
    await remove(place);
    expect(await rebuildAll()).toEqual([said('missing', what, place)]);
    expect(withoutVersion(await all())).toEqual(withoutVersion(before));
    for (const [was, tampered] of wrong) {
      await put(tampered(item));
      expect(await rebuildAll(), JSON.stringify(tampered(item))).toEqual([said(was, what, place)]);
      expect(withoutVersion(await all())).toEqual(withoutVersion(before));
    }
    expect(await rebuildAll()).toEqual([]);
  }
});

it('a rebuild corrects of a failure only what its fact says, and keeps whether people were told', async () => {
  const { arrive, at, put, remove, rebuildAll, outbox } = await setUp();
  const facts = [1, 2, 3].map((jobId) => ended(jobId, jobId, 156));
  await arrive(...facts);
  const [pending, held, told] = [1, 2, 3].map((jobId) => failurePlace(jobId, 156));
  await outbox.hold('k3f9qd', [must(held)]);
  await outbox.settle('m-1', [must(told)]);
  for (const place of [must(pending), must(held), must(told)]) {
    const right = must(await at(place));
    for (const wrong of [{ entry: '{' }, { receivedAt: 1 }, { day: 'x' }, { kind: 'Later' }, { expiresAt: 2 ** 40 }]) {
      await put({ ...right, ...wrong });
      expect(await rebuildAll()).toEqual([said('different', 'failure', place)]);
      expect(await at(place)).toEqual(right);
    }
    // What the publisher or a later version noted stays: the fact knows nothing better.
    await put({ ...right, series: { failures: 7 }, more: 1 });
    expect(await rebuildAll()).toEqual([]);
  }
  const { pendingSince: _, pending: __, series: ___, ...known } = must(await at(must(pending)));
  await remove(must(pending));
  expect(await rebuildAll()).toEqual([said('missing', 'failure', must(pending))]);
  expect(await at(must(pending))).toMatchObject({ rebuilt: true, receivedAt: known.receivedAt });
  expect(await at(must(pending))).not.toHaveProperty('pending');
  expect(await rebuildAll()).toEqual([]);
});

it('a failure with several variants is right whichever of them it is made from, and is restored from the first', async () => {
  const { arrive, at, remove, rebuildAll } = await setUp();
  await arrive(ended(1, 10, 156, { extra: 1 }), ended(1, 0, 156), ended(1, 20, 156, { extra: 2 }));
  const place = failurePlace(1, 156);
  expect(await at(place)).toMatchObject({ receivedAt: RECEIVED + 10 });
  expect(await rebuildAll()).toEqual([]);
  await remove(place);
  await rebuildAll();
  expect(await at(place)).toMatchObject({ receivedAt: RECEIVED });
});

it('a rebuild picks the same report for a shared place as a projection, whichever came first', async () => {
  const { arrive, all, at, put, rebuildAll } = await setUp();
  const variants: Content[] = [
    { policyName: 'Vmware2' },
    { policyName: 'vmware2', policyType: 'B' },
    // DynamoDB compares text by its bytes in UTF-8, where the second is the greater; in JavaScript the first is.
    { policyType: '\uff5a' },
    { policyType: '\u{1f600}' },
    { policyType: 'VMWARE', clientName: 'DUMMYTESTVM' },
  ];
  await arrive(...variants.map((other) => ended(1, 0, 0, other)));
  const place = runPlace(1, 0, 0);
  const run = must(await at(place));
  expect(run).toMatchObject({ clientName: 'DummyTestVM', policyType: '\u{1f600}' });
  expect(await rebuildAll()).toEqual([]);
  const before = await all();
  await put({ ...run, policyType: '\uff5a' });
  expect(await rebuildAll()).toEqual([said('different', 'series run', place)]);
  expect(await all()).toEqual(before);
});

it('a rebuild deletes what no fact supports and calls it orphan: jobs, runs, and series without runs', async () => {
  const { arrive, all, at, put, rebuildAll } = await setUp();
  await arrive(ended(1, 0, 0), ended(2, 10, 156));
  const before = await all();
  const copyOf = async (from: ItemKey, to: ItemKey, more: Content = {}) =>
    put({ ...must(await at(from)), ...to, ...more });
  const invented = { pk: SERIES_PK.replace('vmware2', 'invented'), sk: 'series' };
  const nonsense = [{ pk: SERIES_PK, sk: 'run#x' }, { pk: SERIES_PK, sk: 'run#' }, jobPlace(10)];
  await copyOf(jobPlace(1), jobPlace(9), { jobId: 9 });
  await copyOf(runPlace(1, 0, 0), runPlace(9, 99, 0), { jobId: 9, receivedAt: RECEIVED + 99 });
  // A run of a job that exists.
  await copyOf(runPlace(2, 10, 156), runPlace(2, 98, 0), { status: 0, receivedAt: RECEIVED + 98 });
  await copyOf(SERIES_PLACE, invented, { policyName: 'invented' });
  for (const place of nonsense) await put(place);
  const [run, empty, job] = nonsense;
  expect((await rebuildAll()).sort()).toEqual(
    [
      ...[jobPlace(9), must(job)].map((place) => said('orphan', 'job', place)),
      ...[runPlace(9, 99, 0), runPlace(2, 98, 0), must(run), must(empty)].map((place) =>
        said('orphan', 'series run', place),
      ),
      said('orphan', 'series', invented),
    ].sort(),
  );
  expect(await all()).toEqual(before);
  expect(await rebuildAll()).toEqual([]);
});

it('a rebuild keeps what may have facts: images, what has expired, and jobs whose facts it cannot read', async () => {
  const { arrive, appendRaw, at, put, remove, all, rebuildAll, context } = await setUp();
  await arrive(ended(1, 0, 0), imageItem());
  const image = must((await all()).find(({ sk }) => sk === 'image'));
  const [job, run] = [must(await at(jobPlace(1))), must(await at(runPlace(1, 0, 0)))];
  const gone = { expiresAt: Math.floor(RECEIVED / 1_000) };
  await put({ ...image, pk: 'image#demo#old', backupId: 'old' });
  await put({ ...job, ...jobPlace(8), ...gone });
  await put({ ...run, ...runPlace(8, 1, 0), ...gone });
  await put({ ...must(await at(SERIES_PLACE)), pk: SERIES_PK.replace('vmware2', 'old'), ...gone });
  await appendRaw({ ...ended(9, 0, 0), format: 2 });
  await put({ ...job, ...jobPlace(9) });
  await put({ ...run, ...runPlace(9, 0, 0), jobId: 9 });
  const before = await all();
  // The series still counts the run that this version knows nothing of.
  await sweep(context, SERIES_PK);
  expect(await rebuildAll()).toEqual([]);
  expect(await all()).toHaveLength(before.length);
  await remove(SERIES_PLACE);
  expect(await rebuildAll()).toEqual([said('missing', 'series', SERIES_PLACE)]);
});

it.each<[string, 'nothing is there' | 'wrong' | 'no fact', number, (pk: string, seriesPk: string) => string]>([
  ['the first pass over a job without records', 'nothing is there', 0, (pk) => pk],
  ['the first pass over a job with wrong records', 'wrong', 0, (pk) => pk],
  // From the call after the one that finds no fact: the first pass has handled what comes before.
  ['the second pass over a job without facts', 'no fact', 1, (pk) => pk],
  ['the second pass over a series whose run has no facts', 'no fact', 2, (_, seriesPk) => seriesPk],
])(
  'a fact that arrives at any call of %s is in the records afterwards, with its failure pending',
  async (_, how, firstCall, pkOf) => {
    const { client, contextOf, append, arrive, put, at, rebuildAll } = await setUp();
    const [pass, facts] = how === 'no fact' ? [sweep, 1] : [rebuild, 2];
    // If there is a fact, its variant: that takes the place of the run because its name sorts later.
    const clientName = facts === 2 ? 'dUMMYtESTvm' : 'DummyTestVM';
    for (let call = firstCall, jobId = 1; ; call++, jobId++) {
      const policyName = `p${jobId}`;
      const [job, series] = [jobPlace(jobId), { ...SERIES, policyName, scheduleType: 'ST_FULL' }];
      const run = seriesRunKey(series, RECEIVED, { jobId, startTime: START, status: 156 });
      const pk = pkOf(job.pk, run.pk);
      const first = ended(jobId, 0, 156, { policyName });
      if (how === 'nothing is there') await append(first);
      if (how === 'wrong') await arrive(first);
      // A projection does not replace what claims to be of newer facts.
      if (pk === run.pk)
        await put({ ...run, ...series, jobId, startTime: START, status: 7, receivedAt: RECEIVED, messageTime: LATER });
      else if (how !== 'nothing is there') await put({ ...job, newestAt: LATER, facts: 9 });
      let made = 0;
      const send = async (...args: unknown[]) => {
        if (made++ === call) await arrive(ended(jobId, 0, 156, { policyName, clientName }));
        return Reflect.apply(client.send, client, args);
      };
      await pass(contextOf(Object.create(client, { send: { value: send } })), pk);
      if (made <= call) {
        expect(call - firstCall).toBeGreaterThan(3);
        break;
      }
      expect(await at(job), `call ${call}`).toMatchObject({ facts, newestAt: RECEIVED });
      expect(await at(run), `call ${call}`).toMatchObject({ status: 156, clientName });
      expect(await at({ pk: run.pk, sk: 'series' }), `call ${call}`).toMatchObject({ streak: 1, lastStatus: 156 });
      expect(await at(failurePlace(jobId, 156)), `call ${call}`).toHaveProperty('pending');
    }
    await rebuildAll();
    expect(await rebuildAll()).toEqual([]);
  },
);

import { BatchWriteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deservesAlert, failureItem, pendingSince } from '../../../functions/alerts/intent.ts';
import { variantKey } from '../../../functions/keys/ledger.ts';
import { intentKey, seriesKey } from '../../../functions/keys/records.ts';
import { type FactItem, factItem, type Receipt, readFact } from '../../../functions/ledger/fact.ts';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { parseJson } from '../../../functions/nbwss/json.ts';
import { readNotification } from '../../../functions/nbwss/notification.ts';
import { createProjection } from '../../../functions/projection/context.ts';
import { project } from '../../../functions/projection/project.ts';
import { isDone } from '../../../functions/projection/read-facts.ts';
import { createRebuild, type RebuildContext, rebuild, sweep } from '../../../functions/projection/rebuild.ts';
import { type Item, isKept } from '../../../functions/store/items.ts';
import { allItems, type Content, jobContent, must, NEVER, RECEIVED, receiptOf, testTables } from '../support.ts';

/*
 * Whole histories of several primaries, from the text of their messages to the records and series, on real tables. The
 * result must not depend on how they arrive.
 */

/** One entry that a primary reports, with the receipt of its first arrival, whenever and how often it arrives here. */
interface Told {
  object: 'JOB' | 'IMAGE';
  content: Content;
  receipt: Receipt;
}

const PRIMARIES = ['a', 'a-b'];
const DAY = 86_400_000;
const RETENTION = { jobDays: 20, imageDays: 20 };
const IMAGE_DAYS = 7;
/**
 * Every projection happens at this moment, after everything was received, so intents are pending since then. The first
 * part of a history may have expired by then, although it is still stored.
 */
const NOW = RECEIVED + 30 * DAY;
const EXPIRED = RECEIVED;
const LASTING = RECEIVED + 15 * DAY;

/** How far a clock is off, in seconds: a whole hour for half of the year. */
const shift = fc.constantFrom(0, 0, 0, 3_600, -3_600);

const jobLife = fc
  .record({
    jobId: fc.integer({ min: 1, max: 2 }),
    parentJobId: fc.constantFrom(undefined, 1, 2),
    names: fc.record({
      clientName: fc.constantFrom('sql01', 'SQL01', 'app#1'),
      policyName: fc.constantFrom('nightly', 'nightly', 'Nightly', ''),
      scheduleType: fc.constantFrom('ST_FULL', 'ST_FULL', 'ST_INCR'),
      jobType: fc.constantFrom('BACKUP', 'BACKUP', 'RESTORE'),
    }),
    queued: fc.boolean(),
    // It failed, or was cancelled, before it began.
    neverBegan: fc.option(fc.constantFrom(150, 213), { freq: 2 }),
    // A job that is restarted, or another of the same id after a disaster recovery, has another start.
    runs: fc.array(
      fc.record({
        startTime: fc.constantFrom(100_000, 100_001, 200_000),
        shift,
        states: fc.subarray(['ACTIVE', 'SUSPENDED', 'ODD'], { minLength: 1, maxLength: 2 }),
        statuses: fc.uniqueArray(fc.constantFrom(0, 1, 6, 150, 156), { maxLength: 2 }),
      }),
      { maxLength: 2 },
    ),
  })
  .map(({ jobId, parentJobId, names, queued, neverBegan, runs }) => {
    const entry = (state: string, startTime: number, status = 0) => ({
      object: 'JOB' as const,
      content: { jobId, ...(parentJobId && { parentJobId }), state, status, startTime, ...names, policyType: 'VMWARE' },
    });
    return [
      ...(queued || (runs.length === 0 && neverBegan === null) ? [entry('QUEUED', 0)] : []),
      ...(neverBegan === null ? [] : [entry('DONE', 0, neverBegan)]),
      ...runs.flatMap(({ startTime, shift, states, statuses }) => [
        ...states.map((state) => entry(state, startTime + shift)),
        ...statuses.map((status) => entry('DONE', startTime + shift, status)),
      ]),
    ];
  });

const imageLife = fc
  .record({
    backupId: fc.constantFrom('sql01_100', 'sql01_200', 'app#1~_100', '#'.repeat(400)),
    clientName: fc.constantFrom('sql01', 'SQL01'),
    events: fc.array(
      fc.record({
        operationId: fc.constantFrom('CREATE', 'UPDATE', 'NO_LOCAL_COPY_AVAILABLE', 'DELETE', 'ODD'),
        wait: fc.constantFrom(0, 1, 3_599, 3_600, 3_601, 86_400),
        shift,
      }),
      { minLength: 1, maxLength: 6 },
    ),
  })
  .map(({ backupId, clientName, events }) => {
    let time = 1_000_000;
    return events.map(({ operationId, wait, shift }) => {
      time += wait;
      const times = { createdTime: time + shift, backupTime: 900_000 };
      return {
        object: 'IMAGE' as const,
        content: { backupId, operationId, ...times, clientName, clientType: 'VMWARE' },
      };
    });
  });

/** What differs in a variant of the same fact: nothing that its key is made of. */
const twist = fc.constantFrom<Content>(
  { clientName: 'Sql01' },
  { policyType: 'STANDARD', clientType: 'NEW' },
  { extra: 1 },
);

/** When an entry is received: `gap` ms after the one before it, and `late` s after the primary sent it. */
const receipt = fc.record({ gap: fc.constantFrom(0, 1, 999, 3_600_000), late: fc.constantFrom(0, 0, 1, 7_200) });

/** What several primaries report, in the order of first receipt. They use the same few ids again and again. */
const histories: fc.Arbitrary<Told[]> = fc
  .tuple(
    fc.array(fc.tuple(fc.subarray(PRIMARIES, { minLength: 1 }), fc.oneof(jobLife, imageLife)), {
      minLength: 1,
      maxLength: 3,
    }),
    fc.array(fc.tuple(fc.nat(), twist), { maxLength: 4 }),
    fc.array(receipt, { minLength: 1, maxLength: 9 }),
    // From which fact on they have not expired: often from the first, and the last one never has.
    fc.oneof(fc.constant(0), fc.nat()),
  )
  .map(([lives, twists, receipts, firstLasting]) => {
    const told: { primary: string; object: Told['object']; content: Content }[] = lives.flatMap(([primaries, life]) =>
      life.flatMap((entry) => primaries.map((primary) => ({ primary, ...entry }))),
    );
    for (const [index, other] of twists) {
      const given = must(told[index % told.length]);
      told.splice(told.indexOf(given) + 1, 0, { ...given, content: { ...given.content, ...other } });
    }
    let receivedAt = EXPIRED;
    const received = told.map(({ primary, object, content }, index) => {
      const { gap, late } = must(receipts[index % receipts.length]);
      receivedAt = Math.max(receivedAt, index < firstLasting % told.length ? EXPIRED : LASTING) + gap;
      const ids = { messageId: `m-${index}`, requestId: `r-${index}`, connectionId: `${primary}=` };
      const messageTime = Math.floor(receivedAt / 1_000) - late;
      return {
        object,
        content,
        receipt: receiptOf({ primary, endpoint: `${primary}-in`, receivedAt, messageTime, ...ids }),
      };
    });
    // An identical entry is a repetition, and repetitions have the receipt of the first.
    return [...new Map(received.toReversed().map((one) => [identity(one), one])).values()].reverse();
  });

const identity = ({ object, content, receipt: { primary } }: Told) =>
  JSON.stringify([primary, object, Object.entries(content).sort()]);

/** How an entry of a history arrives. */
interface Arrival {
  told: Told;
  /** JSON objects have no order: the fields may arrive in reverse. */
  reversed: boolean;
  /** Whether a message ends here, whether the stream's consumer is woken then, and whether it is woken twice. */
  ends: boolean;
  wakes: boolean;
  twice: boolean;
}

/** Each entry of a history at least once, in any order and size of message, projected sooner or later, some twice. */
const arrivals = (history: Told[]): fc.Arbitrary<Arrival[]> =>
  fc
    .array(fc.constantFrom(...history), { maxLength: history.length })
    .chain((again) => {
      const all = [...history, ...again];
      return fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length });
    })
    .chain((order) =>
      fc.tuple(
        ...order.map((told) =>
          fc.record({
            told: fc.constant(told),
            ...{ reversed: fc.boolean(), ends: fc.boolean(), wakes: fc.boolean(), twice: fc.boolean() },
          }),
        ),
      ),
    );

/** An item as it is read back. */
const kept = (item: object): Item => JSON.parse(JSON.stringify(item));
const place = ({ pk, sk, digest }: Item) => JSON.stringify([pk, sk, digest]);
const inOrder = (items: Item[]) => items.sort((a, b) => (place(a) < place(b) ? -1 : 1));
const isIntent = ({ sk }: Item) => String(sk).startsWith('intent#');
const isFailure = (item: Item) => isIntent(item) && String(item.pk).startsWith('job#');

/** The facts of a history, each at its place when no other fact has its key. */
function factsOf(history: readonly Told[]): FactItem[] {
  return history.map(({ object, content, receipt }) => {
    const [entry] = readNotification([{ object, data: [content] }]).entries;
    return factItem(must(entry), receipt, RETENTION);
  });
}

type Tables = Awaited<ReturnType<typeof testTables>>;

/** Emptied tables for reuse: making new ones takes longer. */
const spareTables: Tables[] = [];

/** Empties the tables of a world that is no longer needed, for reuse. */
async function abandon({ tables }: { tables: Tables }): Promise<void> {
  const { client, ledger, records } = tables;
  for (const table of [ledger, records]) {
    const deletions = (await allItems(client, table)).map(({ pk, sk }) => ({
      DeleteRequest: { Key: marshall({ pk, sk }) },
    }));
    for (let first = 0; first < deletions.length; first += 25)
      await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: deletions.slice(first, first + 25) } }));
  }
  spareTables.push(tables);
}

/** Takes messages from their text to the records, on tables of its own. */
async function createWorld() {
  const tables = spareTables.pop() ?? (await testTables());
  const { client, ledger: table, records } = tables;
  const ledger = createLedger(client, table);
  const context: RebuildContext = {
    ...createRebuild(client, { ledger: table, records }, IMAGE_DAYS),
    now: () => NOW,
  };
  /** What the stream holds: the sort keys of new facts, by partition. Facts that were stored already wake nobody. */
  const stream = new Map<string, Set<string>>();

  return {
    ...{ client, tables, context },
    ledger: () => allItems(client, table),
    records: () => allItems(client, records),

    /** Sends these in one message for each primary. Returns what the ledger made of each entry. */
    async send(...entries: { told: Told; reversed: boolean }[]) {
      const results = [...Map.groupBy(entries, ({ told }) => told.receipt.primary).values()].map(async (ofPrimary) => {
        const payload = ofPrimary.map(({ told: { object, content }, reversed }) => {
          const fields = Object.entries(content);
          return { object, data: [Object.fromEntries(reversed ? fields.reverse() : fields)] };
        });
        const read = readNotification(parseJson(JSON.stringify(payload)));
        expect(read.unreadable).toEqual([]);
        const facts = read.entries.map((entry, index) =>
          factItem(entry, must(ofPrimary[index]).told.receipt, RETENTION),
        );
        const appended = await ledger.append(facts, NEVER);
        for (const [index, what] of appended.entries()) {
          const fact = must(facts[index]);
          const { pk, sk } = what === 'variant' ? variantKey(fact, fact.digest) : fact;
          if (what !== 'duplicate') stream.set(pk, (stream.get(pk) ?? new Set()).add(sk));
        }
        return appended;
      });
      return (await Promise.all(results)).flat();
    },

    /** Projects what the stream holds `times` times, the partitions of a primary one after the other. */
    async wake(times = 1) {
      const held = [...stream];
      stream.clear();
      const byPrimary = Map.groupBy(held, ([pk]) => pk.split('#', 2)[1]);
      const projections = [...byPrimary.values()].map(async (ofPrimary) => {
        for (const [pk, arrived] of ofPrimary) {
          for (let time = 0; time < times; time++) await project(context, pk, arrived);
        }
      });
      await Promise.all(projections);
    },
  };
}

/** Records without intents, and without `version`, which says how often a series was folded. */
const statesOf = (items: readonly Item[]) =>
  inOrder(items.filter((item) => !isIntent(item)).map(({ version: _, ...item }) => item));

/**
 * Expects one intent for each failure. People hear of a failure with several variants once, in the variant that came
 * first: which one that was depends on the order, and the alert has gone out when the next one comes.
 */
function expectIntents(items: readonly Item[], facts: readonly FactItem[]) {
  const failures = facts.map(readFact).filter(isDone).filter(deservesAlert);
  const told = Map.groupBy(failures, (fact) => place({ ...intentKey(fact.primary, fact.entry) }));
  const intents = items.filter(isFailure);
  expect(intents.map(place).sort()).toEqual([...told.keys()].sort());
  // `series` depends on what was known when the intent was written, so it is not compared.
  for (const { series: _, ...intent } of intents) {
    const ways = must(told.get(place(intent))).map((fact) => kept({ ...failureItem(fact), ...pendingSince(NOW) }));
    expect(ways).toContainEqual(intent);
  }
}

const USABLE = [0, 1];
const NEUTRAL = [150];
type Key = number | string;
const difference = (a: Key, b: Key) => (a < b ? -1 : Number(a > b));
const greatest = <T>(values: readonly T[], ...keys: ((value: T) => Key)[]): T | undefined =>
  values.toSorted((a, b) => keys.map((key) => difference(key(a), key(b))).find((each) => each !== 0) ?? 0).at(-1);

/** Expects each series to be what its ended runs add up to, each run by the report that was sent last. */
function expectSeries(items: readonly Item[], facts: readonly FactItem[]) {
  const reports = facts.map(readFact).filter(isDone);
  const reportsOf = Map.groupBy(reports, ({ primary, entry }) => {
    const repeats = entry.policyName !== '' && entry.jobType === 'BACKUP';
    return repeats ? seriesKey({ primary, ...entry }).pk : undefined;
  });
  reportsOf.delete(undefined);
  const series = new Map(items.filter(({ sk }) => sk === 'series').map((item) => [item.pk, item]));
  expect(new Set(series.keys())).toEqual(new Set(reportsOf.keys()));
  for (const [pk, ofSeries] of reportsOf) {
    const runs = [...Map.groupBy(ofSeries, ({ entry }) => `${entry.jobId} ${entry.startTime}`).values()].map((ofRun) =>
      must(
        greatest(
          ofRun,
          (fact) => fact.messageTime,
          (fact) => fact.entry.status,
          (fact) => fact.receivedAt,
        ),
      ),
    );
    const newestOf = (some: typeof runs) =>
      greatest(
        some,
        (fact) => fact.receivedAt,
        // As text, as in the keys of runs.
        (fact) => String(fact.entry.jobId),
        (fact) => String(fact.entry.startTime),
      );
    const newest = must(newestOf(runs));
    const usable = newestOf(runs.filter(({ entry }) => USABLE.includes(entry.status)));
    const since = runs.filter((run) => !usable || newestOf([run, usable]) !== usable);
    const failed = since.filter(({ entry }) => ![...USABLE, ...NEUTRAL].includes(entry.status));
    expect(series.get(must(pk))).toMatchObject({
      streak: failed.length,
      failingSince: failed.length === 0 ? 0 : Math.min(...failed.map(({ receivedAt }) => receivedAt)),
      ...{ lastStatus: newest.entry.status, lastJobId: newest.entry.jobId, lastAt: newest.receivedAt },
      lastUsableAt: usable?.receivedAt ?? 0,
    });
  }
}

describe('a history', () => {
  it('gives the same records however it arrives: in any order, split, repeated, mixed with other primaries', async () => {
    const plays = histories.chain((history) => fc.tuple(fc.constant(history), arrivals(history)));
    await fc.assert(
      fc.asyncProperty(plays, async ([history, arrivals]) => {
        const facts = factsOf(history);
        const world = await createWorld();
        const message: Arrival[] = [];
        for (const arrival of arrivals) {
          message.push(arrival);
          if (!arrival.ends) continue;
          await world.send(...message.splice(0));
          if (arrival.wakes) await world.wake(arrival.twice ? 2 : 1);
        }
        await world.send(...message);
        await world.wake();

        // Each primary on its own, in the order of receipt, each fact once.
        const straight = await Promise.all(
          PRIMARIES.map(async (primary) => {
            const alone = await createWorld();
            const own = history.filter(({ receipt }) => receipt.primary === primary);
            await alone.send(...own.map((told) => ({ told, reversed: false })));
            await alone.wake();
            const left = { ledger: await alone.ledger(), records: await alone.records() };
            await abandon(alone);
            return left;
          }),
        );
        const [ledger, records] = [await world.ledger(), await world.records()];
        const asFacts = (items: Item[]) =>
          inOrder(items.map((item) => ({ ...item, sk: String(item.sk).replace(`#~${item.digest}`, '') })));
        expect(asFacts(ledger)).toEqual(inOrder(facts.map(kept)));
        expect(asFacts(straight.flatMap((alone) => alone.ledger))).toEqual(asFacts(ledger));
        expect(statesOf(records)).toEqual(statesOf(straight.flatMap((alone) => alone.records)));
        const lasting = facts.filter((fact) => isKept({ ...fact }, NOW));
        expectSeries(records, lasting);
        expectIntents(records, lasting);
        for (const [index, primary] of PRIMARIES.entries()) {
          expectIntents(
            must(straight[index]).records,
            lasting.filter((fact) => fact.primary === primary),
          );
        }

        // Everything is sent once more.
        const results = await world.send(...history.map((told) => ({ told, reversed: true })));
        expect(new Set(results)).toEqual(new Set(['duplicate']));
        expect(await world.ledger()).toEqual(ledger);

        // Rebuilt where everything is there, where nothing is, and there once more.
        const empty = await createWorld();
        const fromScratch = { ...empty.context, readPartition: world.context.readPartition };
        const partitions = (items: readonly { pk?: unknown }[]) => [...new Set(items.map(({ pk }) => String(pk)))];
        const rebuildAll = async (context: RebuildContext, itsRecords: () => Promise<Item[]>) => {
          const was = new Set<string>();
          for (const pk of partitions(lasting)) for (const found of await rebuild(context, pk)) was.add(found.was);
          for (const pk of partitions(await itsRecords()))
            for (const found of await sweep(context, pk)) was.add(found.was);
          return [...was];
        };
        const all = (was: string) => (lasting.length > 0 ? [was] : []);
        expect(await rebuildAll(world.context, world.records)).toEqual(all('same'));
        expect(await world.records()).toEqual(records);
        expect(await rebuildAll(fromScratch, empty.records)).toEqual(all('missing'));
        expect(await rebuildAll(fromScratch, empty.records)).toEqual(all('same'));
        const rebuilt = await empty.records();
        expect(statesOf(rebuilt)).toEqual(statesOf(records));
        expect(rebuilt.filter(isFailure).map(place)).toEqual(records.filter(isFailure).map(place));
        await Promise.all([world, empty].map(abandon));
      }),
      { numRuns: 40, interruptAfterTimeLimit: 20_000 },
    );
  }, 60_000);
});

describe('a series', () => {
  const BACKUP = { jobType: 'BACKUP', scheduleType: 'ST_FULL', policyName: 'nightly', clientName: 'sql01' };
  /** A report of an ended run: its job and status, received `ms` ms and sent `s` s after the first. */
  const ended = (jobId: number, status: number, ms: number, s: number, other: Content = {}): Told => ({
    object: 'JOB',
    content: { jobId, state: 'DONE', status, startTime: 100, ...BACKUP, ...other },
    receipt: receiptOf({ receivedAt: LASTING + ms, messageTime: 1_000 + s }),
  });

  it.each<[string, ...Told[]]>([
    ['a report and its variant, received in one ms', ended(1, 6, 0, 1), ended(1, 6, 0, 2, { clientName: 'SQL01' })],
    [
      'variants in one message',
      ended(1, 6, 0, 1, { policyName: 'Nightly' }),
      ended(1, 6, 0, 1, { clientName: 'Sql01' }),
    ],
    [
      'variants in one message that differ only in the type of the policy',
      ended(1, 6, 0, 1, { policyType: 'VMWARE' }),
      ended(1, 6, 0, 1, { policyType: 'STANDARD' }),
    ],
    ['two jobs in one message', ended(9, 0, 0, 1), ended(10, 6, 0, 1)],
    ['a partial success that a success sent in the same second does not replace', ended(1, 1, 0, 1), ended(1, 0, 5, 1)],
    ['a success whose variant came later but was sent earlier', ended(1, 0, 0, 2), ended(1, 0, 5, 1, { extra: 1 })],
    ['a success that is taken back', ended(1, 0, 0, 1), ended(2, 0, 5, 2), ended(2, 6, 9, 3)],
    ['a success that was taken back before it came', ended(1, 0, 0, 1), ended(2, 6, 5, 3), ended(2, 0, 9, 2)],
    [
      'a success without a start that was taken back before it came',
      ended(1, 0, 0, 1),
      ended(2, 6, 5, 3, { startTime: 0 }),
      ended(2, 0, 9, 2, { startTime: 0 }),
    ],
  ])('is what its runs add up to, in whatever order they come: %s', async (_, ...history) => {
    const seen: Item[][] = [];
    for (const order of [history, history.toReversed()]) {
      const world = await createWorld();
      for (const told of order) {
        await world.send({ told, reversed: false });
        await world.wake();
      }
      const records = await world.records();
      expectSeries(records, factsOf(history));
      seen.push(statesOf(records));
    }
    expect(seen[1]).toEqual(seen[0]);
  });
});

describe('two projections at once', () => {
  /** A client that waits before its n-th call (from 0) until it is let go. */
  function waiting(client: DynamoDBClient, call: number) {
    const reached = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    let calls = 0;
    const send = async (...args: unknown[]) => {
      if (calls++ === call) {
        reached.resolve();
        await gate.promise;
      }
      return Reflect.apply(client.send, client, args);
    };
    const waits: DynamoDBClient = Object.create(client, { send: { value: send } });
    return { client: waits, reached: reached.promise, go: gate.resolve, calls: () => calls };
  }

  /** How runs of a series end, in the order of their receipt: job id and status of each. */
  const PAIRS: [string, [number, number][]][] = [
    [
      'a job that succeeded, then failed',
      [
        [1, 0],
        [1, 6],
      ],
    ],
    [
      'a job that failed, then succeeded',
      [
        [1, 6],
        [1, 0],
      ],
    ],
    [
      'a job that failed and the next, which succeeded',
      [
        [1, 6],
        [2, 0],
      ],
    ],
    [
      'a job that succeeded and the next, which failed',
      [
        [1, 0],
        [2, 6],
      ],
    ],
  ];

  it.each(PAIRS)(
    'leave what they leave one after the other, at whichever call they wait or die: %s',
    async (_, ends) => {
      const world = await createWorld();
      const { client, tables } = world;
      const reports = (primary: string): Told[] =>
        ends.map(([jobId, status], index) => ({
          object: 'JOB',
          content: jobContent({ jobId, startTime: 100 + index, status }),
          receipt: receiptOf({ primary, receivedAt: LASTING + index, requestId: `r-${index}` }),
        }));
      const placeOf = (told: Told) => must(factsOf([told])[0]);
      const projectedBy = (caller: DynamoDBClient, { pk, sk }: ReturnType<typeof placeOf>) =>
        project({ ...createProjection(caller, tables, IMAGE_DAYS), now: () => NOW }, pk, new Set([sk]));
      /** Begins a projection that waits before a call. Resolves when it waits or is done. */
      async function begin(told: Told, call: number) {
        await world.send({ told, reversed: false });
        const waits = waiting(client, call);
        const done = projectedBy(waits.client, placeOf(told));
        await Promise.race([waits.reached, done]);
        const end = async () => {
          waits.go();
          await done;
          return waits.calls();
        };
        return { end };
      }
      /** The first waits before a call, the second begins and waits before a call, the first ends, the second ends. */
      async function atOnce(primary: string, ...waits: [number, number]) {
        const [one, other] = reports(primary);
        const first = await begin(must(one), waits[0]);
        const second = await begin(must(other), waits[1]);
        return [await first.end(), await second.end()];
      }
      /** One dies before a call, the other is projected, and then the one that died again. */
      async function withDeath(primary: string, dies: number, call: number) {
        const both = reports(primary);
        const [dying, other] = [must(both[dies]), must(both[1 - dies])];
        await begin(dying, call);
        await (await begin(other, Number.POSITIVE_INFINITY)).end();
        await projectedBy(client, placeOf(dying));
      }
      const calls = await atOnce('alone', Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
      const of = (primary: string, records: Item[]) => {
        const items = records.filter((item) => item.primary === primary);
        const renamed: Item[] = JSON.parse(JSON.stringify(items).replaceAll(primary, 'alone'));
        // An intent says of its series what was known when it was written, so that is left out.
        return [statesOf(renamed), renamed.filter(isIntent).map(({ series: _, ...intent }) => intent)];
      };
      const expected = of('alone', await world.records());
      expectSeries(must(expected[0]), factsOf(reports('alone')));
      expectIntents(must(expected[1]), factsOf(reports('alone')));

      const schedules = Array.from({ length: must(calls[0]) }, (_, a) =>
        Array.from({ length: must(calls[1]) }, (_, b): [string, number, number] => [`wait-${a}-${b}`, a, b]),
      );
      for (const some of schedules) await Promise.all(some.map((schedule) => atOnce(...schedule)));
      const deaths = [0, 1].flatMap((dies) =>
        Array.from({ length: must(calls[dies]) }, (_, call): [string, number, number] => [
          `dies-${dies}-${call}`,
          dies,
          call,
        ]),
      );
      await Promise.all(deaths.map((death) => withDeath(...death)));
      const records = await world.records();
      for (const [primary] of [...schedules.flat(), ...deaths]) expect(of(primary, records), primary).toEqual(expected);
    },
    60_000,
  );
});

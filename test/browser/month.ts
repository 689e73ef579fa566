import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { seriesKey } from '../../functions/keys/records.ts';
import { type FactItem, factItem, readFact } from '../../functions/ledger/fact.ts';
import { readNotification } from '../../functions/nbwss/notification.ts';
import type { Tables } from '../../functions/questions/query.ts';
import { recordItems } from '../../functions/records/items.ts';
import { runItem, runOf } from '../../functions/records/series.ts';
import { createSeriesStore } from '../../functions/records/series-store.ts';
import { createEndpoints } from '../../functions/registry/endpoints.ts';
import { newFeed } from '../../functions/registry/feed.ts';
import { createFeeds } from '../../functions/registry/feeds.ts';
import { createOverdues } from '../../functions/registry/overdues.ts';
import { settleInTurn } from '../../functions/runtime/settle.ts';

const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** When the month ends, and the report is made. */
export const NOW = Date.parse('2026-11-30T07:00Z');

interface Policy {
  primary: string;
  name: string;
  type: string;
  schedule: string;
  /** Hours after midnight UTC. */
  hour: number;
  clients: readonly string[];
  /** Days from one backup to the next. */
  every: number;
}

const numbered = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${name}${String(index + 1).padStart(2, '0')}`);

const POLICIES: readonly Policy[] = [
  {
    primary: 'berlin',
    name: 'vmware-prod',
    type: 'VMWARE',
    schedule: 'ST_FULL',
    hour: 1,
    clients: numbered('vm-app', 9),
    every: 1,
  },
  {
    primary: 'berlin',
    name: 'sql-nightly',
    type: 'MS-SQL-Server',
    schedule: 'ST_FULL',
    hour: 2,
    clients: numbered('sql', 4),
    every: 1,
  },
  {
    primary: 'berlin',
    name: 'file-servers',
    type: 'MS-Windows',
    schedule: 'ST_DIFF_INC',
    hour: 3,
    clients: numbered('file', 3),
    every: 1,
  },
  {
    primary: 'berlin',
    name: 'sap-hana',
    type: 'SAP',
    schedule: 'ST_FULL',
    hour: 4,
    clients: ['sap01', 'sap02'],
    every: 1,
  },
  {
    primary: 'munich',
    name: 'vmware-test',
    type: 'VMWARE',
    schedule: 'ST_FULL',
    hour: 22,
    clients: numbered('vm-test', 4),
    every: 1,
  },
  {
    primary: 'munich',
    name: 'exchange',
    type: 'MS-Exchange-Server',
    schedule: 'ST_FULL',
    hour: 23,
    clients: ['mail01'],
    every: 1,
  },
  {
    primary: 'munich',
    name: 'oracle-weekly',
    type: 'ORACLE',
    schedule: 'ST_FULL',
    hour: 20,
    clients: ['ora01'],
    every: 7,
  },
  {
    primary: 'munich',
    name: 'linux-base',
    type: 'STANDARD',
    schedule: 'ST_DIFF_INC',
    hour: 0,
    clients: ['web01', 'legacy01'],
    every: 1,
  },
];

const RETENTION_DAYS = 10;

/** Numbers from 0 to 1 that look random and are the same for a seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const FAILURES = [156, 156, 84, 13, 58, 2074, 41, 96];

function fact(object: 'JOB' | 'IMAGE', primary: string, receivedAt: number, content: object): FactItem {
  const [entry] = readNotification([{ notificationType: 'INFO', object, data: [content] }]).entries;
  if (!entry) throw new Error(`Not an entry: ${JSON.stringify(content)}`);
  const ids = { messageId: `m-${receivedAt}`, connectionId: 'c-1', requestId: `r-${receivedAt}` };
  const receipt = { primary, endpoint: primary, receivedAt, messageTime: Math.floor(receivedAt / 1000), ...ids };
  return factItem(entry, receipt, { jobDays: 36_500, imageDays: undefined });
}

/** What two primary servers reported in the days before NOW, in a world where some things go wrong. The same for the same seed. */
export function monthOf(days: number, seed: number, extraClient?: string): FactItem[] {
  const next = random(seed);
  const facts: FactItem[] = [];
  let jobId = 1_000;
  const job = (primary: string, at: number, content: object) => {
    jobId += 1;
    const startTime = Math.floor(at / 1000) - 900;
    facts.push(
      fact('JOB', primary, at, { jobId, parentJobId: jobId, state: 'DONE', status: 0, startTime, ...content }),
    );
  };
  const image = (
    primary: string,
    at: number,
    operationId: string,
    clientName: string,
    clientType: string,
    made: number,
  ) => {
    const backupTime = Math.floor(made / 1000);
    const times = { backupTime, createdTime: Math.floor(at / 1000) };
    facts.push(
      fact('IMAGE', primary, at, {
        backupId: `${clientName}_${backupTime}`,
        operationId,
        clientName,
        clientType,
        ...times,
      }),
    );
  };
  const midnight = NOW - (NOW % DAY);
  // Images that are deleted in the first days were made before them.
  for (let day = days + RETENTION_DAYS; day >= 0; day--) {
    for (const [index, { primary, name, type, schedule, hour, clients, every }] of POLICIES.entries()) {
      if (day % every !== 0) continue;
      const all = extraClient !== undefined && index === 0 ? [...clients, extraClient] : clients;
      for (const client of all) {
        const at = midnight - day * DAY + hour * HOUR + Math.floor(next() * 1.5 * HOUR);
        const status = statusOf(client, primary, day, next);
        if (at >= NOW || (client === 'ora01' && day < 16)) continue;
        const made = at - HOUR / 2;
        const names = {
          clientName: client,
          policyName: name,
          policyType: type,
          scheduleType: schedule,
          jobType: 'BACKUP',
        };
        if (day <= days) job(primary, at, { ...names, status });
        if (status !== 0 && status !== 1) continue;
        image(primary, at, 'CREATE', client, type, made);
        const young = client === 'file01' && day < 11 && day >= 4;
        const gone = young ? midnight - 4 * DAY + 9 * HOUR : made + RETENTION_DAYS * DAY + 5 * HOUR;
        if (gone < NOW && gone > at) image(primary, gone + Math.floor(next() * 60_000), 'DELETE', client, type, made);
      }
    }
    if (day > days || day === 0) continue;
    for (const primary of ['berlin', 'munich']) {
      const at = midnight - day * DAY + 12 * HOUR;
      job(primary, at, { clientName: primary, policyName: '', jobType: 'IMAGEDELETE', status: next() < 0.5 ? 1 : 0 });
      if (day % 5 === 0)
        job(primary, at + HOUR, {
          clientName: 'sql01',
          policyName: '',
          jobType: 'RESTORE',
          status: day % 10 === 0 ? 5 : 0,
        });
    }
    job('canary', midnight - day * DAY + HOUR, {
      clientName: 'canary-client',
      policyName: 'canary',
      jobType: 'BACKUP',
      status: 6,
    });
  }
  return facts;
}

function statusOf(client: string, primary: string, day: number, next: () => number): number {
  const [luck, which] = [next(), next()];
  if (client === 'legacy01') return 58;
  if (client === 'sap02' && day <= 4) return 13;
  // Storage fails one night.
  if (primary === 'berlin' && day === 9) return luck < 0.75 ? 84 : 0;
  if (client === 'vm-app03' && luck < 0.25) return 156;
  if (luck < 0.02) return FAILURES[Math.floor(which * FAILURES.length)] ?? 13;
  if (luck < 0.05) return 1;
  return luck < 0.056 ? 150 : 0;
}

/** The most that one BatchWriteItem takes. */
const BATCH = 25;

/** Writes what the projection makes of facts, in bulk: a month fact by fact would take too long. */
export async function store({ client, ledger, records }: Tables, facts: readonly FactItem[]): Promise<void> {
  const read = facts.map((fact) => readFact(fact));
  const ofRecords = [...Map.groupBy(read, (_, index) => facts[index]?.pk).values()].flatMap((all) =>
    recordItems(all, undefined),
  );
  const runs = read.flatMap((fact) => (fact.object === 'JOB' ? (runOf(fact) ?? []) : []));
  const puts = (table: string, items: readonly object[]) =>
    items.map((item) => [table, { PutRequest: { Item: marshall(item, { removeUndefinedValues: true }) } }] as const);
  const all = [...puts(ledger, facts), ...puts(records, [...ofRecords, ...runs.map(runItem)])];
  const batches = Array.from({ length: Math.ceil(all.length / BATCH) }, (_, index) =>
    all.slice(index * BATCH, (index + 1) * BATCH),
  );
  await settleInTurn(batches, 8, async (batch) => {
    const byTable = [...Map.groupBy(batch, ([table]) => table)].map(([table, put]) => [
      table,
      put.map(([, one]) => one),
    ]);
    await client.send(new BatchWriteItemCommand({ RequestItems: Object.fromEntries(byTable) }));
  });
  const series = createSeriesStore(client, records);
  await settleInTurn([...new Set(runs.map((run) => seriesKey(run).pk))], 8, (pk) => series.refold(pk));
}

/** Writes the month to the tables, with the endpoints, a feed that was lost for hours, and a backup that is overdue. */
export async function writeMonth(
  tables: Tables,
  days: number,
  seed: number,
  extraClient?: string,
): Promise<FactItem[]> {
  const { client, registry } = tables;
  const facts = monthOf(days, seed, extraClient);
  await store(tables, facts);
  const endpoints = createEndpoints(client, registry);
  for (const primary of ['berlin', 'munich'])
    await endpoints.create({ endpoint: primary, primary, group: primary, priority: 1 }, NOW - 90 * DAY);
  const feeds = createFeeds(client, registry, () => NOW);
  for (const primary of ['berlin', 'munich']) await feeds.put({ ...newFeed(primary, primary), aliveAt: NOW });
  await feeds.addGap(newFeed('berlin', 'berlin'), { from: NOW - 9 * DAY - 2 * HOUR, to: NOW - 9 * DAY + 2.7 * HOUR });
  await feeds.addGap(newFeed('munich', 'munich'), { from: NOW - 3 * DAY, to: NOW - 3 * DAY + 0.7 * HOUR });
  const lastUsableAt = NOW - (NOW % DAY) - 21 * DAY + 21 * HOUR;
  await createOverdues(client, registry).put({
    ...{ primary: 'munich', client: 'ora01', policy: 'oracle-weekly', scheduleType: 'ST_FULL', jobType: 'BACKUP' },
    ...{ rule: 'habit', lastUsableAt, since: lastUsableAt, usual: 7 * DAY, longest: 7 * DAY, limit: 14 * DAY },
    ...{ openedAt: lastUsableAt + 14 * DAY, reminder: 0, toldAt: lastUsableAt + 14 * DAY },
  });
  return facts;
}

import { failureItem } from '../../functions/alerts/intent.ts';
import { asideItem } from '../../functions/ledger/aside.ts';
import { type JobFact, readFact } from '../../functions/ledger/fact.ts';
import { recordItems } from '../../functions/records/items.ts';
import { runItem, runOf, type SeriesRun, streakOf } from '../../functions/records/series.ts';
import { factOf } from '../facts.ts';

/*
 * An estate that reports the same every day, for so many days. So every question about a day, a client or a key has an
 * answer of the same size in each table, whatever surrounds it. A day is what the ledger gets and what projection makes
 * of it, made by the same functions, except for the facts of jobs, which no question reads.
 */

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** When the last day ends, and when all questions are asked (epoch ms). */
export const END = Date.UTC(2026, 10, 24);

export const CLIENTS = 8;
/**
 * Backups of a client in a day: one every two hours. For four clients the last one fails, for the other four the one at
 * noon.
 */
export const SLOTS = 12;
const IMAGE_DAYS = 2_557;
/**
 * How many items of Records a primary server's day makes: jobs, their runs, images, failures. Messages are a few more.
 */
export const RECORDS_OF_DAY = CLIENTS * SLOTS * 2 + (CLIENTS * SLOTS) / 2 + CLIENTS;

/** How large a table is. */
export interface Extent {
  primaries: number;
  days: number;
}

export type Put = { table: 'ledger' | 'records'; item: object };

/** The start of a day, counted back from the last one, 0. */
export const startOf = (day: number) => END - (day + 1) * DAY_MS;
export const rangeOf = (day: number) => ({ from: startOf(day), to: startOf(day) + DAY_MS - 1 });

export const primaryName = (primary: number) => `berlin-${String(primary).padStart(2, '0')}`;
export const clientName = (client: number) => `sql0${client}.example.com`;
export const policyName = (client: number) => (client < CLIENTS / 2 ? 'Logs' : 'Databases');

/** When a backup of a client ended, epoch ms. */
const endOf = (day: number, slot: number, client: number) =>
  startOf(day) + slot * 2 * HOUR_MS + (client + 1) * MINUTE_MS;

/** The first client's job of a slot is the parent of the slot's jobs. */
export const jobId = (day: number, slot: number, client: number) =>
  1_000_000 - (day + 1) * CLIENTS * SLOTS + slot * CLIENTS + client;

/** Every second backup makes an image. */
const hasImage = (slot: number) => slot % 2 === 0;
export const backupId = (day: number, slot: number, client: number) =>
  `${clientName(client)}_${endOf(day, slot, client) / 1000 - 600}`;

const statusOf = (slot: number, client: number) => (slot === (client < CLIENTS / 2 ? SLOTS - 1 : 6) ? 13 : 0);

/** What a primary server's day adds to Ledger and Records, except for what its series amount to. */
export function* itemsOf(primary: string, day: number): Generator<Put> {
  for (let client = 0; client < CLIENTS; client += 1) {
    let before: SeriesRun | undefined;
    for (let slot = 0; slot < SLOTS; slot += 1) {
      const fact = readFact(jobFact(primary, day, slot, client));
      for (const record of recordItems([fact], IMAGE_DAYS)) yield { table: 'records', item: record };
      const run = fact.object === 'JOB' ? runOf(fact) : undefined;
      if (!run) throw new Error('A backup belongs to a series');
      yield { table: 'records', item: runItem(run) };
      if (run.status !== 0) yield { table: 'records', item: failureItem(fact as JobFact, noteOf(run, before)) };
      before = run;
      if (hasImage(slot)) yield* imageItems(primary, day, slot, client);
    }
  }
  if (day === 0) for (let client = 0; client < CLIENTS; client += 1) yield* itemsOfUnfinished(primary, client);
  for (let hour = 3; hour < 24; hour += 6)
    yield { table: 'ledger', item: aside(primary, startOf(day) + hour * HOUR_MS) };
}

function noteOf(run: SeriesRun, before: SeriesRun | undefined) {
  const streak = streakOf(before ? [before, run] : [run]);
  return streak && { failures: streak.failures, failingSince: streak.failingSince, lastUsableAt: streak.lastUsableAt };
}

/** The image is created. An hour later, every other image is duplicated and the rest are deleted. */
function* imageItems(primary: string, day: number, slot: number, client: number): Generator<Put> {
  const at = endOf(day, slot, client);
  const image = (operationId: string, receivedAt: number) => {
    const content = { backupId: backupId(day, slot, client), operationId, createdTime: receivedAt / 1000 };
    const backup = { backupTime: at / 1000 - 600, clientName: clientName(client), clientType: 'STANDARD' };
    return factOf(primary, 'IMAGE', { ...content, ...backup }, receivedAt);
  };
  const items = [image('CREATE', at), image(slot % 4 === 0 ? 'UPDATE' : 'DELETE', at + HOUR_MS)];
  for (const item of items) yield { table: 'ledger', item };
  for (const record of recordItems(items.map(readFact), IMAGE_DAYS)) yield { table: 'records', item: record };
}

/** The fact of a backup that ended. */
export function jobFact(primary: string, day: number, slot: number, client: number) {
  const at = endOf(day, slot, client);
  const ids = { jobId: jobId(day, slot, client), parentJobId: jobId(day, slot, 0) };
  const end = { state: 'DONE', status: statusOf(slot, client), startTime: at / 1000 - 600 };
  return factOf(primary, 'JOB', { ...ids, ...end, ...backupOf(client) }, at);
}

/** A backup that has just begun, too late to belong to the last day. */
function* itemsOfUnfinished(primary: string, client: number): Generator<Put> {
  const begun = { jobId: 1_000_000 + client, state: 'ACTIVE', status: 0, startTime: END / 1000 };
  const fact = readFact(factOf(primary, 'JOB', { ...begun, ...backupOf(client) }, END));
  for (const item of recordItems([fact], IMAGE_DAYS)) yield { table: 'records', item };
}

const backupOf = (client: number) => ({
  ...{ clientName: clientName(client), policyName: policyName(client), policyType: 'STANDARD' },
  ...{ jobType: 'BACKUP', scheduleType: 'ST_FULL' },
});

function aside(primary: string, receivedAt: number) {
  const receipt = {
    primary,
    endpoint: primary,
    receivedAt,
    connectionId: 'L0SM9cOFvHcCIhw=',
    requestId: 'LqE2dj0lPHcEPmw=',
  };
  return asideItem(
    { ...receipt, reason: 'clientName is missing' },
    JSON.stringify({ jobId: receivedAt, state: 'DONE' }),
  );
}

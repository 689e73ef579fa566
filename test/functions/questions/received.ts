import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { inject } from 'vitest';
import { type FactItem, factItem } from '../../../functions/ledger/fact.ts';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { readNotification } from '../../../functions/nbwss/notification.ts';
import { createProjection } from '../../../functions/projection/context.ts';
import { project } from '../../../functions/projection/project.ts';
import type { Tables, UnreadableItem } from '../../../functions/questions/query.ts';
import type { Range } from '../../../functions/questions/range.ts';
import { readDeployment } from '../../../local/stack/deployment.ts';
import { readAssembly } from '../../../local/stack/synthesize.ts';
import { createTables } from '../../../local/stack/tables.ts';
import { testDatabase } from '../../support/database.ts';

/** Something that a primary reported, and when (epoch ms). */
export interface Received {
  object: 'JOB' | 'IMAGE';
  content: Record<string, unknown>;
  at: number;
  primary: string;
}

/** `23T19:33:33.034`: a time of November 2026, UTC, as epoch ms. */
export const at = (time: string): number => Date.parse(`2026-11-${time}Z`);

/** The whole of one day of November 2026, UTC. */
export const dayOfNovember = (day: string): Range => ({ from: at(`${day}T00:00`), to: at(`${day}T23:59:59.999`) });

/** When these questions are asked. */
export const NOW = at('24T00:00');

/** A job that is DONE with success, for client `sql01` under policy `Nightly`. */
export function job(time: string, jobId: number, other: Record<string, unknown> = {}, primary = 'demo'): Received {
  const names = { clientName: 'sql01', policyName: 'Nightly' };
  const kinds = { policyType: 'STANDARD', jobType: 'BACKUP', scheduleType: 'ST_FULL' };
  const startTime = Math.floor(at(time) / 1000) - 600;
  const content = { jobId, parentJobId: jobId, state: 'DONE', status: 0, startTime, ...names, ...kinds, ...other };
  return { object: 'JOB', content, at: at(time), primary };
}

/** An operation on an image of client `sql01`. */
export function image(
  time: string,
  backupId: string,
  operationId: string,
  other: Record<string, unknown> = {},
  primary = 'demo',
): Received {
  const createdTime = Math.floor(at(time) / 1000);
  const names = { clientName: 'sql01', clientType: 'STANDARD' };
  const content = { backupId, operationId, createdTime, backupTime: 1_795_384_800, ...names, ...other };
  return { object: 'IMAGE', content, at: at(time), primary };
}

/** Days: so many that no fact of a test expires before the test is forgotten. */
const AGES = 36_500;

/** The ledger's item for what was received. Throws for what cannot be read. */
export function factOf({ object, content, at: receivedAt, primary }: Received, jobDays = AGES): FactItem {
  const [entry] = readNotification([{ notificationType: 'INFO', object, data: [content] }]).entries;
  if (!entry) throw new Error(`Not an entry: ${JSON.stringify(content)}`);
  const messageTime = Math.floor(receivedAt / 1000);
  const path = { messageId: `m-${receivedAt}`, messageTime, connectionId: 'c-1', requestId: `r-${receivedAt}` };
  return factItem(entry, { primary, endpoint: primary, receivedAt, ...path }, { jobDays, imageDays: undefined });
}

/** The tables of a run by the stack's outputs. */
export function tablesOf(client: DynamoDBClient, outputs: Readonly<Record<string, string>>): Tables {
  const { LedgerTable: ledger = '', RecordsTable: records = '', RegistryTable: registry = '' } = outputs;
  return { client, ledger, records, registry, onUnreadable: throwIt };
}

function throwIt({ pk, sk, reason }: UnreadableItem): never {
  throw new Error(`${pk} ${sk} cannot be read: ${reason}`);
}

export interface TestTables {
  tables: Tables;
  /** Stores these and projects them, as the stack does behind the gateway. */
  receive(...received: readonly Received[]): Promise<void>;
  /** Stores these facts and projects them. */
  store(...facts: readonly FactItem[]): Promise<void>;
}

/** The stack's tables in a database of their own, without the rest of the stack. */
export async function testTables(): Promise<TestTables> {
  const { client } = testDatabase();
  const deployment = readDeployment(readAssembly(inject('assemblyFolder')));
  await createTables(client, deployment);
  const tables = tablesOf(client, deployment.outputs);
  const projection = createProjection(client, tables, 2_557, () => NOW);
  const store = async (...facts: readonly FactItem[]) => {
    await createLedger(client, tables.ledger).append(facts, new AbortController().signal);
    for (const [pk, arrived] of Map.groupBy(facts, (fact) => fact.pk)) {
      await project(projection, pk, new Set(arrived.map(({ sk }) => sk)));
    }
  };
  return { tables, store, receive: (...received) => store(...received.map((one) => factOf(one))) };
}

/** All that a question yields. */
export const all = <T>(answers: AsyncIterable<T>): Promise<T[]> => Array.fromAsync(answers);

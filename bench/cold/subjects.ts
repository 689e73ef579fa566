import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { newId, request } from '../../client/envelope.ts';
import { failureItem, pendingSince } from '../../functions/alerts/intent.ts';
import type { ItemKey } from '../../functions/keys/tables.ts';
import { type FactItem, readFact } from '../../functions/ledger/fact.ts';
import { connectionItem, endpointItem } from '../../functions/registry/endpoint.ts';
import { tokenHash } from '../../functions/registry/token.ts';
import { HOST } from '../../local/environment.ts';
import { factOf } from '../facts.ts';
import { jobMaker, payloadOf } from '../message.ts';
import type { Items } from './instant-aws.ts';

/** A function whose start is measured, and its first event. */
export interface Subject {
  /** What its logical id in the stack begins with. */
  name: string;
  /** Its handler, and its floor's, as paths in the project. */
  handler: string;
  floor: string;
  /** The items of the tables when it starts, by the variables that name the tables. */
  items: Items;
  /** `at`: epoch ms. */
  event(at: number): object;
  /** The call that shows that it did its job. */
  does: string;
  /** Its time ends when that call arrives, not when its batch is done. */
  endsWithCall?: true;
}

/** All functions that run often. `Watch`, `Probe` and `Report` run on a schedule, so nobody waits for their start. */
export function subjects(now: number): Subject[] {
  const { fact, image, intent } = happened(now);
  return [
    {
      ...{ name: 'Ingest', handler: 'functions/ingest/handler.ts', floor: 'bench/ack/floor.ts' },
      ...{ items: { REGISTRY_TABLE: registered(now) }, event: message, does: 'POST', endsWithCall: true },
    },
    {
      ...{ name: 'Projection', handler: 'functions/projection/handler.ts', floor: 'bench/cold/floors/projection.ts' },
      ...{ items: { LEDGER_TABLE: [fact] }, event: (at) => insert(fact, at), does: 'PutItem' },
    },
    {
      ...{ name: 'Publisher', handler: 'functions/publisher/handler.ts', floor: 'bench/cold/floors/publisher.ts' },
      ...{ items: { RECORDS_TABLE: [intent] }, event: (at) => insert(intent, at), does: 'Publish' },
    },
    {
      ...{ name: 'ArchiveFunction', handler: 'functions/archive/handler.ts', floor: 'bench/cold/floors/archive.ts' },
      ...{ items: {}, event: (at) => insert(image, at), does: 'PUT' },
    },
  ];
}

const CONNECTION = 'cold';
const NAMES = { endpoint: 'bench', primary: 'bench' };

/** A failed job, the intent to report it, and a created image. */
function happened(now: number): { fact: FactItem; image: FactItem; intent: ItemKey } {
  const seconds = Math.floor(now / 1_000);
  const names = { clientName: 'sql01', policyName: 'nightly', policyType: 'STANDARD', scheduleType: 'ST_FULL' };
  const job = { jobId: 7, parentJobId: 7, ...names, jobType: 'BACKUP', startTime: seconds, state: 'DONE', status: 6 };
  const backup = { backupId: 'sql01_1458601200', backupTime: 1_458_601_200, clientName: 'sql01' };
  const created = { ...backup, clientType: 'STANDARD', operationId: 'CREATE', createdTime: seconds };
  const fact = factOf(NAMES.primary, 'JOB', job, now);
  const read = readFact(fact);
  if (read.object !== 'JOB') throw new Error('A job was read as something else');
  const intent = { ...failureItem(read), ...pendingSince(now) };
  return { fact, image: factOf(NAMES.primary, 'IMAGE', created, now), intent };
}

/** A connection and its endpoint. */
function registered(now: number): object[] {
  const names = { ...NAMES, tokenHash: tokenHash('bench') };
  const connection = { ...names, connectionId: CONNECTION, sourceIp: HOST, openedAt: now, heardAt: now };
  const endpoint = { ...names, group: 'bench', priority: 1, createdAt: now, tokenUsedAt: now };
  return [connectionItem(connection), endpointItem(endpoint)];
}

/** A notification of one job, as the gateway hands it over. */
const message = (at: number) => ({
  requestContext: {
    routeKey: '$default',
    eventType: 'MESSAGE',
    connectionId: CONNECTION,
    requestId: 'cold',
    requestTimeEpoch: at,
  },
  body: JSON.stringify(request('NOTIFICATION', payloadOf(jobMaker()(1)), newId(), at)),
});

/** A stream batch of one record: this item is new. */
function insert(item: ItemKey, at: number): object {
  const NewImage: Record<string, AttributeValue> = marshall(item, { removeUndefinedValues: true });
  const Keys = { pk: NewImage.pk, sk: NewImage.sk };
  const of = { SequenceNumber: '1', ApproximateCreationDateTime: Math.floor(at / 1_000) };
  return { Records: [{ eventName: 'INSERT', dynamodb: { Keys, NewImage, ...of } }] };
}

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Delivery } from '../../client/traffic/delivery.ts';
import { intentKey, jobRecordKey } from '../../functions/keys/records.ts';
import type { ItemKey } from '../../functions/keys/tables.ts';
import { factKey } from '../../functions/ledger/fact.ts';
import { DONE } from '../../functions/nbwss/job.ts';
import { type Entry, readNotification } from '../../functions/nbwss/notification.ts';
import type { Tables } from '../../functions/questions/query.ts';
import { type Item, readItems } from '../../functions/store/items.ts';
import type { Sent } from './send.ts';

/** How much of the acknowledged traffic is where it belongs. */
export interface Verified {
  /** Facts that were acknowledged, and the keys of those that the ledger lacks. */
  facts: number;
  missingFacts: string[];
  /**
   * Jobs that ended with a nonzero status: how many are in messages, how many wait, and the keys of those without an
   * alert.
   */
  failures: number;
  told: number;
  pending: number;
  missingFailures: string[];
  /**
   * Ids of jobs whose record is made from more or fewer facts than were acknowledged: one took effect twice, or not at
   * all.
   */
  odd: number[];
}

/**
 * What is missing counts as lost if this long passes without progress, ms. A projection may spend its minute on other
 * facts, and be given the rest again.
 */
const PATIENCE_MS = 120_000;
const LOOK_EVERY_MS = 1_000;

/**
 * Reads back what was acknowledged. Checks that every fact is in the ledger, that every failure is in a message or
 * waits for its turn, and that no job has other facts than were sent, unless some of its facts were not acknowledged.
 * What is made from facts takes a moment, so this waits as long as more of it keeps appearing. `firstJob`: lower job
 * ids may not be this traffic's alone.
 */
export async function verify(
  { client, ledger, records }: Pick<Tables, 'client' | 'ledger' | 'records'>,
  primary: string,
  { acknowledged, lost }: Pick<Sent, 'acknowledged' | 'lost'>,
  firstJob: number,
  pause: (ms: number) => Promise<void>,
): Promise<Verified> {
  const facts = byPlace(entriesOf(acknowledged), (entry) => factKey(primary, entry));
  const stored = await itemsAt(client, ledger, facts);
  const jobs = jobsAmong(Array.from(facts.values(), ({ of }) => of));
  const failed = jobs.filter(({ state, status }) => state === DONE && status !== 0);
  const failures = byPlace(failed, (entry) => intentKey(primary, entry));
  const own = Map.groupBy(jobs, ({ jobId }) => jobId);
  const unsure = new Set(jobsAmong(entriesOf(lost)).map(({ jobId }) => jobId));
  const jobRecords = byPlace(
    [...own].filter(([jobId]) => jobId >= firstJob && !unsure.has(jobId)),
    ([jobId]) => jobRecordKey(primary, jobId),
  );

  const intents = new Map<string, Item>();
  const right = new Set<string>();
  const look = async () => {
    for (const [name, item] of await itemsAt(client, records, without(failures, intents))) intents.set(name, item);
    for (const [name, { facts }] of await itemsAt(client, records, without(jobRecords, right)))
      if (facts === jobRecords.get(name)?.of[1].length) right.add(name);
    return failures.size - intents.size + (jobRecords.size - right.size);
  };
  await untilNone(look, pause);
  const told = [...intents.values()].filter(({ message }) => message !== undefined).length;
  return {
    facts: facts.size,
    missingFacts: [...without(facts, stored).keys()],
    failures: failures.size,
    told,
    pending: intents.size - told,
    missingFailures: [...without(failures, intents).keys()],
    odd: Array.from(without(jobRecords, right).values(), ({ of: [jobId] }) => jobId),
  };
}

const entriesOf = (deliveries: readonly Delivery[]) =>
  deliveries.flatMap(({ payload }) => readNotification(payload).entries);

const jobsAmong = (entries: readonly Entry[]) => entries.flatMap((one) => (one.object === 'JOB' ? [one.entry] : []));

/** Things with their places, by the name of the place. */
type Placed<T> = Map<string, { place: ItemKey; of: T }>;

/** `job#demo#144 1459829674#ACTIVE#0` */
const nameOf = ({ pk, sk }: ItemKey) => `${pk} ${sk}`;

function byPlace<T>(all: readonly T[], placeOf: (one: T) => ItemKey): Placed<T> {
  return new Map(
    all.map((of) => {
      const place = placeOf(of);
      return [nameOf(place), { place, of }];
    }),
  );
}

function without<T>(all: Placed<T>, found: { has(name: string): boolean }): Placed<T> {
  return new Map([...all].filter(([name]) => !found.has(name)));
}

/** The items that exist at these places, by the names of the places. */
async function itemsAt(client: DynamoDBClient, table: string, places: Placed<unknown>): Promise<Map<string, Item>> {
  const items = readItems(
    client,
    table,
    Array.from(places.values(), ({ place }) => place),
  );
  return new Map(await Array.fromAsync(items, (item) => [nameOf({ pk: String(item.pk), sk: String(item.sk) }), item]));
}

/** Calls `look` for how much is missing until nothing is, or until it has not become less for PATIENCE_MS. */
async function untilNone(look: () => Promise<number>, pause: (ms: number) => Promise<void>): Promise<void> {
  let least = Number.POSITIVE_INFINITY;
  for (let patience = PATIENCE_MS; patience > 0; patience -= LOOK_EVERY_MS) {
    const missing = await look();
    if (missing === 0) return;
    if (missing < least) patience = PATIENCE_MS;
    least = Math.min(least, missing);
    await pause(LOOK_EVERY_MS);
  }
}

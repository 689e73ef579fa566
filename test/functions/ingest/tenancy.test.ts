import { isDeepStrictEqual } from 'node:util';
import { type AttributeValue, type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { LEDGER_INDEXES, RECORDS_INDEXES } from '../../../functions/keys/indexes.ts';
import { parseKey, sha256 } from '../../../functions/keys/key.ts';
import { imagePartition, jobPartition, parseLedgerPartition } from '../../../functions/keys/ledger.ts';
import { createProjection } from '../../../functions/projection/context.ts';
import { project } from '../../../functions/projection/project.ts';
import { ASIDES_PER_HOUR } from '../../../functions/registry/aside-limit.ts';
import { createEndpoints } from '../../../functions/registry/endpoints.ts';
import { tokenHash } from '../../../functions/registry/token.ts';
import type { Item } from '../../../functions/store/items.ts';
import { type Content, imageContent, jobContent, must, RECEIVED, testTables } from '../support.ts';
import { coldHandler, connections, event, OK, setEnvironment } from './loaded.ts';
import { group, request } from './ports.ts';

/*
 * A token of one primary cannot read, write or change another primary's data. Here are attempts to, through the handler as Lambda
 * loads it, on real tables that all attempts share. Each comes by an endpoint of its own, of the primary `a`: the names of two
 * other primaries begin with that name.
 */

const OTHERS = ['b', 'a-b', 'a1'];
const HOUR = 3_600_000;

/** The connection that each of the others has from the start. */
const connectionOf = (primary: string) => `${primary}=`;

/** What every primary has reported: a failed backup (so a series, and an intent), an image, and something unreadable. */
const reported = [group('JOB', jobContent()), group('IMAGE', imageContent()), group('JOB', { jobId: 'unreadable' })];

type Raw = Record<string, AttributeValue>;

/** Every item of these tables as the database holds it, by its place. */
async function rawItems(client: DynamoDBClient, ...tables: readonly string[]): Promise<Map<string, Raw>> {
  const items = new Map<string, Raw>();
  for (const table of tables) {
    for await (const { Items = [] } of paginateScan({ client }, { TableName: table, ConsistentRead: true })) {
      for (const item of Items) items.set(JSON.stringify([table, item.pk?.S, item.sk?.S]), item);
    }
  }
  return items;
}

/** A way in that nobody else has, and the connection that it has opened. */
interface Door {
  endpoint: string;
  token: string;
  connectionId: string;
}

/** The handler on tables where the others are registered, connected, and have reported. */
async function createStack() {
  const tables = await testTables();
  const { client, ledger, records, registry } = tables;
  const { url, posts, disconnected, close } = await connections();
  // So that an hour of asides is one hour.
  vi.useFakeTimers({ toFake: ['Date'], now: RECEIVED });
  setEnvironment(tables, url, { POWERTOOLS_LOG_LEVEL: 'SILENT' });
  let handler = await coldHandler();
  const spoken: string[] = [];
  const invoke = async (routeKey: string, connectionId: string, body?: unknown) => {
    spoken.push(connectionId);
    expect(await handler(event(routeKey, body, { connectionId }))).toEqual(OK);
  };
  const say = (connectionId: string, message: unknown) => invoke('$default', connectionId, message);
  const connect = (connectionId: string, token: unknown, other: object = {}) =>
    say(connectionId, request('CONNECT', { token, ...other }));
  const notify = (connectionId: string, ...payload: unknown[]) => say(connectionId, request('NOTIFICATION', payload));

  const endpoints = createEndpoints(client, registry);
  const owners = new Map<unknown, string>();
  /** Registers an endpoint and opens a connection with its token. */
  async function open(primary: string, endpoint: string, connectionId: string): Promise<Door> {
    owners.set(endpoint, primary);
    const token = must(await endpoints.create({ endpoint, primary, group: endpoint, priority: 1 }, RECEIVED));
    await connect(connectionId, token);
    return { endpoint, token, connectionId };
  }

  const projection = createProjection(client, { ledger, records }, 7);
  const projected = new Set<string>();
  const facts = () => rawItems(client, ledger);
  /** Every item of every table, once all facts were projected. */
  async function items(): Promise<Map<string, Raw>> {
    const fresh = [...(await facts())].filter(([place]) => !projected.has(place));
    const keys = fresh.map(([, { pk, sk }]) => ({ pk: pk?.S ?? '', sk: sk?.S ?? '' }));
    const partitions = [...Map.groupBy(keys, (key) => key.pk)].filter(([pk]) => !pk.startsWith('aside#'));
    await Promise.all(partitions.map(([pk, arrived]) => project(projection, pk, new Set(arrived.map(({ sk }) => sk)))));
    for (const [place] of fresh) projected.add(place);
    return rawItems(client, ledger, records, registry);
  }

  const b = await open('b', 'b-in', connectionOf('b'));
  for (const primary of OTHERS.slice(1)) await open(primary, `${primary}-in`, connectionOf(primary));
  for (const primary of OTHERS) await notify(connectionOf(primary), ...reported);
  await items();
  return {
    ...{ say, connect, notify, open, facts, items, endpoints, owners, spoken, posts, disconnected, close },
    tokenOfB: b.token,
    disconnect: (connectionId: string) => invoke('$disconnect', connectionId),
    /** Goes on in a function that remembers nothing: what it knows of a connection it reads from the registry. */
    async cool() {
      handler = await coldHandler();
    },
  };
}

type Stack = Awaited<ReturnType<typeof createStack>>;
let stack: Stack;

beforeAll(async () => {
  stack = await createStack();
});

afterAll(() => {
  stack.close();
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

/** Whose an item is: by its key; where the key names no primary, by the endpoint it is about. */
function ownerOf({ pk, endpoint }: Item): string | undefined {
  // A key that was cut keeps its beginning: what it is of, and whose.
  const [kind = '', primary] = parseKey(String(pk).split('#', 2).join('#')) ?? [];
  return ['job', 'image', 'aside', 'series'].includes(kind) ? primary : stack.owners.get(endpoint);
}

const { pending, ...telling } = RECORDS_INDEXES;
const INDEXED = [...Object.values(LEDGER_INDEXES), ...Object.values(telling)].map((index) => index.partitionKey);

/** Every other primary that an item names: in the indexes that it is in, and in so many words. */
function namedIn(item: Item): unknown[] {
  const keys = INDEXED.flatMap((attribute) => item[attribute] ?? []).map((key) => String(key).split('#', 2)[1]);
  return [...keys, ...('primary' in item ? [item.primary] : [])];
}

/** The attacker: a door of its own, and a number that no other attacker has, for what must be new. */
interface Attacker extends Door {
  n: number;
}

interface Attack {
  name: string;
  /** What was before it. */
  first?(attacker: Attacker): Promise<unknown>;
  attack(attacker: Attacker): Promise<unknown>;
  /** Whose everything is that comes of it: `a`, unless it is another. */
  by?: string;
  /** The payload of every frame that comes back, in order. */
  answers: unknown[];
  /** How many facts and how many put asides come of it. */
  facts?: number;
  asides?: number;
  /** How many times a connection is ended for it. */
  ended?: number;
}

const ACKNOWLEDGED: unknown[] = [];
const ACCEPTED = { valid: true };
const REFUSED = { valid: false };

/** Everything that could be mistaken for the identity of `b`, or for the place of what it has reported. */
const AS_B = {
  ...{ primary: 'b', endpoint: 'b-in', masterServer: 'b', primaryServer: 'b', server: 'b', connectionId: 'b=' },
  ...{ pk: 'job#b#148', sk: '1459830500#DONE#156', day: 'job#b#2026-11-23', ofClient: 'job#b#dummytestvm' },
  ...{ digest: sha256('b'), receivedAt: 1, expiresAt: 1, format: 9, messageId: 'b', requestId: 'b' },
};

/** Names that would be part of another key, were they taken as they are. */
const NAMES = [
  ...['#b#148', 'job#b#148', '../b/148', '1#..#..#b', `b~${sha256('image#b#localhost_1458601200')}`],
  // As escaped already, once and twice; what looks like a separator and is none; NUL.
  ...['%', '%23b%23148', '%2523b%2523148', '\uff03b\uff03148', '#\u0338b', '\0#b\0'],
  // Longer than a key.
  ...['b#'.repeat(256), '#'.repeat(512)],
];

/** As much of a name as fits where less is taken. */
const short = (name: string) => Buffer.from(name).subarray(0, 120).toString();

/** A failed job, another state of it, and an image twice, with this name wherever there is one. */
function named(name: string, jobId: number) {
  const ofJob = { jobId, clientName: name, policyName: name };
  const ofImage = { backupId: name, clientName: name, clientType: short(name) };
  return [
    group('JOB', jobContent({ ...ofJob, scheduleType: short(name) })),
    group('JOB', jobContent({ ...ofJob, jobType: short(name), state: short(name) })),
    group('IMAGE', imageContent({ ...ofImage, operationId: 'CREATE' })),
    group('IMAGE', imageContent({ ...ofImage, operationId: short(name) })),
  ];
}

const aJob = (jobId: number) => group('JOB', jobContent({ jobId }));

/** A notification as text, for what JSON.stringify would not write. */
const notification = (payload: string, more = '"version":"1.0"') =>
  `{"id":"i-1","type":"NOTIFICATION","subType":"REQUEST","timeStamp":1459812600,"payload":${payload},${more}}`;

const attacks: Attack[] = [
  {
    name: 'entries that name b in every field',
    attack: ({ connectionId }) =>
      stack.notify(connectionId, group('JOB', jobContent(AS_B)), group('IMAGE', imageContent(AS_B))),
    answers: [ACKNOWLEDGED],
    facts: 2,
  },
  {
    name: 'groups that name b',
    attack: ({ connectionId, n }) => stack.notify(connectionId, { ...AS_B, ...aJob(n) }),
    answers: [ACKNOWLEDGED],
    facts: 1,
  },
  {
    name: 'a message that names b',
    attack: ({ connectionId, n }) => {
      const message = request('NOTIFICATION', [aJob(n)], { id: 'job#b#148' });
      const context = { requestContext: { connectionId: 'b=', routeKey: '$connect' }, headers: AS_B };
      return stack.say(connectionId, { ...AS_B, ...context, ...message });
    },
    answers: [ACKNOWLEDGED],
    facts: 1,
  },
  {
    name: 'what every object inherits, naming b',
    attack: ({ connectionId, n }) => {
      const inherited = `"__proto__":${JSON.stringify(AS_B)},"constructor":{"prototype":${JSON.stringify(AS_B)}}`;
      const groups = [aJob(n), group('IMAGE', imageContent({ backupId: `x_${n}` }))].map(({ object, data }) => {
        const entry = `{${inherited},${JSON.stringify(data[0]).slice(1)}`;
        return `{"object":"${object}","data":[${entry}],${inherited}}`;
      });
      return stack.say(connectionId, notification(`[${groups}]`, inherited));
    },
    answers: [ACKNOWLEDGED],
    facts: 2,
    // All that stands around the entries is too much to be kept with each.
    asides: 1,
  },
  {
    name: 'names that would be part of another key',
    attack: ({ connectionId, n }) =>
      stack.notify(connectionId, ...NAMES.flatMap((name, index) => named(name, 100 * n + index))),
    answers: [ACKNOWLEDGED],
    facts: 4 * NAMES.length,
  },
  {
    name: 'job ids that are no numbers, and numbers that are no job ids',
    attack: ({ connectionId }) => {
      const ids = [
        '"1#../b#148"',
        '"148"',
        '"b#148"',
        '-1',
        '148.5',
        '[148]',
        '{"b":148}',
        '9007199254740993',
        '1e400',
      ];
      const { jobId: _, ...rest } = jobContent();
      const entries = ids.map((id) => `{"jobId":${id},${JSON.stringify(rest).slice(1)}`);
      return stack.say(connectionId, notification(`[{"notificationType":"INFO","object":"JOB","data":[${entries}]}]`));
    },
    answers: [ACKNOWLEDGED],
    asides: 9,
  },
  {
    name: 'CONNECT with the token of b, on a connection of a: it stays with a',
    attack: async ({ connectionId, n }) => {
      await stack.connect(connectionId, stack.tokenOfB);
      await stack.notify(connectionId, aJob(n));
      await stack.cool();
      await stack.notify(connectionId, aJob(n + 1));
    },
    answers: [REFUSED, ACKNOWLEDGED, ACKNOWLEDGED],
    facts: 2,
    ended: 1,
  },
  {
    name: 'CONNECT with the token of a, on the connection of b: it stays with b',
    attack: async ({ token }) => {
      await stack.connect(connectionOf('b'), token);
      await stack.cool();
      await stack.connect(connectionOf('b'), token);
    },
    answers: [REFUSED, REFUSED],
    ended: 2,
  },
  {
    name: 'CONNECT with the token of a and the names of b',
    attack: async ({ connectionId, token, n }) => {
      const names = { ...AS_B, tokenHash: tokenHash(stack.tokenOfB) };
      await stack.connect(`${connectionId}2`, token, names);
      await stack.notify(`${connectionId}2`, aJob(n));
      await stack.cool();
      await stack.notify(`${connectionId}2`, aJob(n + 1));
    },
    answers: [ACCEPTED, ACKNOWLEDGED, ACKNOWLEDGED],
    facts: 2,
  },
  {
    name: 'CONNECT with all of b but its token, then a notification',
    attack: async ({ n }) => {
      const hash = tokenHash(stack.tokenOfB);
      const texts = [hash, `token#${hash}`, 'token', 'b-in', 'b', 'connection#b=', '', stack.tokenOfB.slice(1)];
      for (const token of [...texts, [hash], { token: hash }, null]) await stack.connect(`stranger-${n}`, token);
      await stack.notify(`stranger-${n}`, { ...AS_B, ...group('JOB', jobContent(AS_B)) });
    },
    answers: Array(11).fill(REFUSED),
    ended: 12,
  },
  {
    name: 'an endpoint of a that has the name of the primary b',
    attack: async ({ n }) => {
      const { connectionId } = await stack.open('a', 'b', `b-${n}=`);
      await stack.notify(connectionId, aJob(n), group('JOB', { unreadable: n }));
    },
    answers: [ACCEPTED, ACKNOWLEDGED],
    facts: 1,
    asides: 1,
  },
  {
    name: 'what the others have sent, from a',
    attack: ({ connectionId, n }) =>
      stack.notify(connectionId, ...reported, aJob(n), group('IMAGE', imageContent({ backupId: `x_${n}` }))),
    answers: [ACKNOWLEDGED],
    facts: 4,
    asides: 1,
  },
  ...OTHERS.map((by) => ({
    name: `what a has sent, on the connection of ${by}`,
    by,
    first: ({ connectionId, n }: Attacker) => stack.notify(connectionId, ...reported, ...named('-b#1', n)),
    attack: ({ n }: Attacker) => stack.notify(connectionOf(by), ...reported, ...named('-b#1', n)),
    answers: [ACKNOWLEDGED],
    facts: 4,
  })),
  {
    name: 'the token of a revoked endpoint, and a connection that it has opened',
    attack: async ({ endpoint, token, connectionId, n }) => {
      await stack.endpoints.revoke(endpoint, RECEIVED);
      await stack.connect(`new-${n}`, token);
      await stack.notify(`new-${n}`, ...named('b', n));
      await stack.cool();
      await stack.notify(connectionId, ...named('b', n));
    },
    answers: [REFUSED],
    ended: 3,
  },
  {
    name: 'a token after the first use of its successor, and a connection that it has opened',
    attack: async ({ endpoint, token, connectionId, n }) => {
      const successor = must(await stack.endpoints.rotate(endpoint, RECEIVED, HOUR));
      await stack.connect(`new-${n}`, successor);
      await stack.connect(`old-${n}`, token);
      await stack.notify(`old-${n}`, ...named('b', n));
      await stack.cool();
      await stack.notify(connectionId, ...named('b', n));
    },
    answers: [ACCEPTED, REFUSED],
    ended: 3,
  },
  {
    name: 'a token after its time beside a successor that nobody uses',
    attack: async ({ endpoint, token, n }) => {
      await stack.endpoints.rotate(endpoint, RECEIVED - HOUR, HOUR);
      await stack.connect(`old-${n}`, token);
      await stack.notify(`old-${n}`, ...named('b', n));
    },
    answers: [REFUSED],
    ended: 2,
  },
  {
    name: 'messages that cannot be used',
    attack: async ({ connectionId, n }) => {
      await stack.say(connectionId, 'aside#b#2026-11-23T19');
      await stack.say(connectionId, request('COMMAND', AS_B));
      await stack.notify(connectionId, { ...AS_B, object: 'aside#b', data: [] }, group('JOB', { ...AS_B, n }));
      await stack.say(connectionId, { ...AS_B, ...request('NOTIFICATION', AS_B) });
    },
    answers: [ACKNOWLEDGED, ACKNOWLEDGED, ACKNOWLEDGED],
    asides: 5,
  },
  {
    name: 'more that cannot be used than is kept in an hour: the hours of others are not used up',
    by: 'flood',
    attack: async () => {
      const { connectionId } = await stack.open('flood', 'flood-in', 'flood=');
      const entries = Array.from({ length: 2 * ASIDES_PER_HOUR }, (_, unreadable) => ({ unreadable }));
      await stack.notify(connectionId, group('JOB', ...entries));
    },
    answers: [ACCEPTED, ACKNOWLEDGED],
    asides: ASIDES_PER_HOUR,
  },
  {
    name: 'the end of a connection of a, and of none',
    attack: async ({ connectionId }) => {
      await stack.disconnect(connectionId);
      await stack.disconnect('b');
    },
    answers: [],
  },
];

const numbered = attacks.map((attack, index) => ({ ...attack, n: 1_000 + 10 * index }));

it.each(numbered)('$name', async ({ first, attack, by = 'a', answers, facts = 0, asides = 0, ended = 0, n }) => {
  const { facts: ledger, items, notify, open, spoken, posts, disconnected } = stack;
  const attacker = { ...(await open('a', `a-${n}`, `a-${n}=`)), n };
  await first?.(attacker);
  const before = await items();
  const [spokenBefore, postsBefore, endedBefore] = [spoken.length, posts.length, disconnected.length];
  await attack(attacker);

  // What came back came to who had spoken, and said what NBWSS answers.
  const frames = posts.slice(postsBefore).map(({ connectionId, text }) => ({ connectionId, ...JSON.parse(text) }));
  expect(frames.map(({ payload }) => payload)).toEqual(answers);
  const lost = disconnected.slice(endedBefore);
  expect(lost).toHaveLength(ended);
  const heard = [...frames.map(({ connectionId }) => connectionId), ...lost];
  expect(spoken.slice(spokenBefore)).toEqual(expect.arrayContaining(heard));

  // What is new, and what is not as before, is the attacker's own by its key, by its indexes, and in so many words.
  const after = await items();
  const changed = [...before].filter(([place, item]) => !isDeepStrictEqual(after.get(place), item));
  const added = [...after].filter(([place]) => !before.has(place)).map(([, item]) => item);
  for (const raw of [...changed.flatMap(([place, item]) => [item, must(after.get(place))]), ...added]) {
    const item = unmarshall(raw);
    expect(new Set([ownerOf(item), ...namedIn(item)]), JSON.stringify(item)).toEqual(new Set([by]));
  }

  // The attack got as far as it was meant to: each fact is where its own entry says, and nowhere else.
  const stored = added.map((item) => unmarshall(item)).filter(({ digest }) => digest !== undefined);
  expect(stored).toHaveLength(facts);
  for (const { pk, object, entry } of stored) {
    const { jobId, backupId }: Content = JSON.parse(entry);
    const place = object === 'JOB' ? { kind: 'job', primary: by, jobId } : { kind: 'image', primary: by, backupId };
    expect(pk).toBe(object === 'JOB' ? jobPartition(by, Number(jobId)) : imagePartition(by, String(backupId)));
    // A key that was cut says no longer what it was made of.
    expect(parseLedgerPartition(pk)).toEqual(pk.includes('~') ? undefined : place);
  }
  expect(added.filter(({ reason }) => reason !== undefined)).toHaveLength(asides);

  // The others go on as if nothing had been.
  const active = jobContent({ jobId: n + 5, state: 'ACTIVE' });
  const go = (primary: string) => notify(connectionOf(primary), group('JOB', active, { unreadable: n }));
  await Promise.all(OTHERS.map(go));
  const places = [...(await ledger()).keys()].filter((place) => !after.has(place)).map((place) => JSON.parse(place)[1]);
  const expected = OTHERS.flatMap((primary) => [`aside#${primary}#2026-11-23T19`, `job#${primary}#${n + 5}`]);
  expect(places.sort()).toEqual(expected.sort());
});

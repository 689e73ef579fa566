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
 * A token of one primary cannot read, write or change another primary's data. These attacks try to, through the handler
 * as Lambda loads it, on real tables that all attacks share. Each attack has an endpoint of its own, which belongs to
 * the primary `a`. The names of two other primaries begin with `a`.
 */

const OTHERS = ['b', 'a-b', 'a1'];
const HOUR = 3_600_000;

/** The connection that another primary has from the start. */
const connectionOf = (primary: string) => `${primary}=`;

/** What each of the others has reported: a failed backup (so a series, an intent), an image, something unreadable. */
const reported = [group('JOB', jobContent()), group('IMAGE', imageContent()), group('JOB', { jobId: 'unreadable' })];

type Raw = Record<string, AttributeValue>;

/** Every item of these tables as the database holds it, by its place (table and keys). */
async function rawItems(client: DynamoDBClient, ...tables: readonly string[]): Promise<Map<string, Raw>> {
  const items = new Map<string, Raw>();
  for (const table of tables) {
    for await (const { Items = [] } of paginateScan({ client }, { TableName: table, ConsistentRead: true })) {
      for (const item of Items) items.set(JSON.stringify([table, item.pk?.S, item.sk?.S]), item);
    }
  }
  return items;
}

/** An endpoint that nobody else uses, its token, and the connection that it has opened. */
interface Door {
  endpoint: string;
  token: string;
  connectionId: string;
}

/** The handler, on tables in which the others are registered, connected, and have reported. */
async function createStack() {
  const tables = await testTables();
  const { client, ledger, records, registry } = tables;
  const { url, posts, disconnected, close } = await connections();
  // Time stands still, so all put asides share one hour.
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
  /** Projects all new facts, then returns every item of every table. */
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
    /** Continues in a function that remembers nothing, and so reads the registry to know a connection. */
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

/** The primary that owns an item: the one in its key, or else the one of the endpoint that it is about. */
function ownerOf({ pk, endpoint }: Item): string | undefined {
  // A shortened key keeps its beginning: its kind and its primary.
  const [kind = '', primary] = parseKey(String(pk).split('#', 2).join('#')) ?? [];
  return ['job', 'image', 'aside', 'series'].includes(kind) ? primary : stack.owners.get(endpoint);
}

const { pending, ...others } = RECORDS_INDEXES;
const INDEXED = [...Object.values(LEDGER_INDEXES), ...Object.values(others)].map((index) => index.partitionKey);

/** Every primary that an item names besides its key: in the keys of its indexes, and in its attribute `primary`. */
function namedIn(item: Item): unknown[] {
  const keys = INDEXED.flatMap((attribute) => item[attribute] ?? []).map((key) => String(key).split('#', 2)[1]);
  return [...keys, ...('primary' in item ? [item.primary] : [])];
}

/** The attacker: a door of its own, and a number that no other attacker has, for ids that must be new. */
interface Attacker extends Door {
  n: number;
}

interface Attack {
  name: string;
  /** What happens before the attack. */
  first?(attacker: Attacker): Promise<unknown>;
  attack(attacker: Attacker): Promise<unknown>;
  /** The primary that owns everything that the attack adds or changes; `a` by default. */
  by?: string;
  /** The payload of every frame that is sent back, in order. */
  answers: unknown[];
  /** How many facts and put asides it adds. */
  facts?: number;
  asides?: number;
  /** How often a connection is ended because of it. */
  ended?: number;
}

const ACKNOWLEDGED: unknown[] = [];
const ACCEPTED = { valid: true };
const REFUSED = { valid: false };

/** Fields that could be mistaken for the identity of `b`, or for the place of what `b` has reported. */
const AS_B = {
  ...{ primary: 'b', endpoint: 'b-in', masterServer: 'b', primaryServer: 'b', server: 'b', connectionId: 'b=' },
  ...{ pk: 'job#b#148', sk: '1459830500#DONE#156', day: 'job#b#2026-11-23', ofClient: 'job#b#dummytestvm' },
  ...{ digest: sha256('b'), receivedAt: 1, expiresAt: 1, format: 9, messageId: 'b', requestId: 'b' },
};

/** Names that would become part of another key if they were used unescaped. */
const NAMES = [
  ...['#b#148', 'job#b#148', '../b/148', '1#..#..#b', `b~${sha256('image#b#localhost_1458601200')}`],
  // Escaped already, once and twice; characters that only look like a separator; NUL.
  ...['%', '%23b%23148', '%2523b%2523148', '\uff03b\uff03148', '#\u0338b', '\0#b\0'],
  // Longer than a key.
  ...['b#'.repeat(256), '#'.repeat(512)],
];

/** A name cut to fit fields that take less. */
const short = (name: string) => Buffer.from(name).subarray(0, 120).toString();

/** A failed job, another state of it, and two facts of an image, with this name in every field that takes a name. */
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

/** A notification as text, for JSON that JSON.stringify would not write. */
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
    name: 'members that every object inherits, naming b',
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
    // The unknown fields around the entries are too large to be kept with each, so the message is put aside too.
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
    name: 'job ids that are not numbers, and numbers that are not job ids',
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
    name: 'CONNECT with the token of b on a connection of a, which stays with a',
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
    name: 'CONNECT with the token of a on the connection of b, which stays with b',
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
    name: 'CONNECT with everything of b but its token, then a notification',
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
    name: 'entries that the others have sent already, on a connection of a',
    attack: ({ connectionId, n }) =>
      stack.notify(connectionId, ...reported, aJob(n), group('IMAGE', imageContent({ backupId: `x_${n}` }))),
    answers: [ACKNOWLEDGED],
    facts: 4,
    asides: 1,
  },
  ...OTHERS.map((by) => ({
    name: `entries that a has sent already, on the connection of ${by}`,
    by,
    first: ({ connectionId, n }: Attacker) => stack.notify(connectionId, ...reported, ...named('-b#1', n)),
    attack: ({ n }: Attacker) => stack.notify(connectionOf(by), ...reported, ...named('-b#1', n)),
    answers: [ACKNOWLEDGED],
    facts: 4,
  })),
  {
    name: 'the token of a revoked endpoint, and a connection that it had opened',
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
    name: 'a token after the first use of its successor, and a connection that it had opened',
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
    name: 'a token after its grace period, though nobody has used its successor',
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
    name: 'a flood of unusable entries beyond its own hourly share',
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
    name: 'the end of a connection of a, and of one that does not exist',
    attack: async ({ connectionId }) => {
      await stack.disconnect(connectionId);
      await stack.disconnect('b');
    },
    answers: [],
  },
];

const numbered = attacks.map((attack, index) => ({ ...attack, n: 1_000 + 10 * index }));

it.each(numbered)(
  'leaves other primaries as they were after $name',
  async ({ first, attack, by = 'a', answers, facts = 0, asides = 0, ended = 0, n }) => {
    const { facts: ledger, items, notify, open, spoken, posts, disconnected } = stack;
    const attacker = { ...(await open('a', `a-${n}`, `a-${n}=`)), n };
    await first?.(attacker);
    const before = await items();
    const [spokenBefore, postsBefore, endedBefore] = [spoken.length, posts.length, disconnected.length];
    await attack(attacker);

    // Only connections that had spoken got answers, and the answers are those of NBWSS.
    const frames = posts.slice(postsBefore).map(({ connectionId, text }) => ({ connectionId, ...JSON.parse(text) }));
    expect(frames.map(({ payload }) => payload)).toEqual(answers);
    const lost = disconnected.slice(endedBefore);
    expect(lost).toHaveLength(ended);
    const heard = [...frames.map(({ connectionId }) => connectionId), ...lost];
    expect(spoken.slice(spokenBefore)).toEqual(expect.arrayContaining(heard));

    // Every new or changed item belongs to the attacker, by its key, by its indexes and by its attribute `primary`.
    const after = await items();
    const changed = [...before].filter(([place, item]) => !isDeepStrictEqual(after.get(place), item));
    const added = [...after].filter(([place]) => !before.has(place)).map(([, item]) => item);
    for (const raw of [...changed.flatMap(([place, item]) => [item, must(after.get(place))]), ...added]) {
      const item = unmarshall(raw);
      expect(new Set([ownerOf(item), ...namedIn(item)]), JSON.stringify(item)).toEqual(new Set([by]));
    }

    // The attack got as far as it was meant to: each fact is stored under the key of its own entry, and nowhere else.
    const stored = added.map((item) => unmarshall(item)).filter(({ digest }) => digest !== undefined);
    expect(stored).toHaveLength(facts);
    for (const { pk, object, entry } of stored) {
      const { jobId, backupId }: Content = JSON.parse(entry);
      const place = object === 'JOB' ? { kind: 'job', primary: by, jobId } : { kind: 'image', primary: by, backupId };
      expect(pk).toBe(object === 'JOB' ? jobPartition(by, Number(jobId)) : imagePartition(by, String(backupId)));
      // A shortened key cannot be parsed any more.
      expect(parseLedgerPartition(pk)).toEqual(pk.includes('~') ? undefined : place);
    }
    expect(added.filter(({ reason }) => reason !== undefined)).toHaveLength(asides);

    // The others go on as if nothing had happened.
    const active = jobContent({ jobId: n + 5, state: 'ACTIVE' });
    const go = (primary: string) => notify(connectionOf(primary), group('JOB', active, { unreadable: n }));
    await Promise.all(OTHERS.map(go));
    const places = [...(await ledger()).keys()]
      .filter((place) => !after.has(place))
      .map((place) => JSON.parse(place)[1]);
    const expected = OTHERS.flatMap((primary) => [`aside#${primary}#2026-11-23T19`, `job#${primary}#${n + 5}`]);
    expect(places.sort()).toEqual(expected.sort());
  },
);

import { startFauxqs } from 'fauxqs';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSettings } from '../../lib/settings.ts';
import { filterPolicyOf, subscription, subscriptionFaults, subscriptionsOf } from '../../lib/subscriptions.ts';

const subscriptionOf = (given: object) => v.parse(subscription, given);
const mailed = (more: object = {}) => subscriptionOf({ protocol: 'email', endpoint: 'a@example.com', ...more });
const queued = (more: object = {}) =>
  subscriptionOf({ protocol: 'sqs', endpoint: 'arn:aws:sqs:eu-central-1:123456789012:alerts', ...more });

/** Messages, with the attributes that the publisher gives them. */
const MESSAGES = {
  information: { kind: 'JobFailed', severity: 'information', primary: 'demo', client: 'sql01', policy: 'nightly' },
  warning: { kind: 'JobFailed', severity: 'warning', primary: 'demo', client: 'sql01', policy: 'nightly' },
  error: { kind: 'JobFailed', severity: 'error', primary: 'demo', client: 'sql01', policy: 'nightly' },
  elsewhere: { kind: 'JobFailed', severity: 'error', primary: 'lab', client: 'web07', policy: 'weekly' },
  critical: { kind: 'JobFailed', severity: 'critical', primary: 'demo', client: 'master', policy: 'catalog' },
  secondPart: { kind: 'FailureDigest', severity: 'error', primary: 'demo', client: 'sql01', part: 2 },
  canary: { kind: 'JobFailed', severity: 'critical', primary: 'canary', client: 'canary', policy: 'canary' },
  test: { kind: 'Test', severity: 'critical' },
  summary: { kind: 'DailySummary', severity: 'summary' },
} as const;
type Name = keyof typeof MESSAGES;

/** Each kind of subscriber, and which of the messages it gets. */
const SUBSCRIBERS: readonly [who: string, subscribed: v.InferOutput<typeof subscription>, gets: readonly Name[]][] = [
  ['a plain address', mailed(), ['error', 'elsewhere', 'critical', 'test', 'summary']],
  [
    'somebody who wants everything',
    mailed({ minSeverity: 'information' }),
    ['information', 'warning', 'error', 'elsewhere', 'critical', 'test', 'summary'],
  ],
  ['a manager', mailed({ minSeverity: 'critical', summary: false }), ['critical', 'test']],
  ['somebody who looks after one client', mailed({ clients: ['SQL01'] }), ['error', 'test', 'summary']],
  [
    'somebody who looks after two policies',
    mailed({ policies: ['Catalog', 'weekly'] }),
    ['elsewhere', 'critical', 'test', 'summary'],
  ],
  ['somebody who looks after one primary', mailed({ primaries: ['lab'], summary: false }), ['elsewhere', 'test']],
  ['a queue', queued(), ['information', 'warning', 'error', 'elsewhere', 'critical', 'secondPart', 'test']],
  ['a queue for critical alerts', queued({ minSeverity: 'critical', summary: true }), ['critical', 'test', 'summary']],
];

describe('a filter policy', () => {
  let fauxqs: Awaited<ReturnType<typeof startFauxqs>>;
  const got = new Map<string, Name[]>();

  beforeAll(async () => {
    fauxqs = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false, messageSpies: true });
    fauxqs.createTopic('alerts');
    SUBSCRIBERS.forEach(([who, subscribed], index) => {
      const name = `queue${index}`;
      fauxqs.createQueue(name);
      const attributes = { FilterPolicy: JSON.stringify(filterPolicyOf(subscribed)), RawMessageDelivery: 'true' };
      fauxqs.subscribe({ topic: 'alerts', queue: name, attributes });
      got.set(who, []);
    });
    for (const [name, { part = 1, ...texts }] of Object.entries<Record<string, string | number>>(MESSAGES)) {
      const given = [...Object.entries(texts), ['part', part] as const];
      const messageAttributes = Object.fromEntries(
        given.map(([attribute, value]) => [
          attribute,
          { DataType: typeof value === 'number' ? 'Number' : 'String', StringValue: String(value) },
        ]),
      );
      fauxqs.publish('alerts', name, { messageAttributes });
    }
    for (const message of fauxqs.spy.getAllMessages()) {
      if (message.service !== 'sqs') continue;
      const [who = ''] = SUBSCRIBERS[Number(message.queueName.slice('queue'.length))] ?? [];
      got.get(who)?.push(message.body as Name);
    }
  });
  afterAll(() => fauxqs.stop());

  it.each(SUBSCRIBERS)('lets through to %s exactly the messages meant for it', (who, _, gets) => {
    expect(got.get(who)?.toSorted()).toEqual(gets.toSorted());
  });
});

describe('subscriptionFaults', () => {
  const clients = (count: number) => Array.from({ length: count }, (_, index) => `client${index}`);
  const faults = (...given: Parameters<typeof subscriptionFaults>[0]) => subscriptionFaults(given);

  it('accepts what SNS accepts: up to 150 combinations of values', () => {
    expect(faults(mailed({ clients: clients(24) }))).toEqual([]);
    expect(faults(mailed({ clients: clients(4), policies: clients(4) }))).toEqual([]);
    // All attributes that a policy can have: SNS accepts five.
    expect(Object.keys(filterPolicyOf(mailed({ clients: ['a'], policies: ['b'], primaries: ['c'] })))).toHaveLength(5);
  });

  it('names the subscription and its number of combinations when there are more', () => {
    expect(faults(mailed(), queued({ clients: clients(25) }))).toEqual([
      'sqs arn:aws:sqs:eu-central-1:123456789012:alerts: its filter policy has 208 combinations of values (4 severity × 2 primary × 26 client); SNS takes 150. Name fewer',
    ]);
  });

  it('counts the bytes of a policy, not its characters', () => {
    const [fault] = faults(mailed({ clients: ['ä'.repeat(140_000)] }));
    expect(fault).toMatch(/^email a@example\.com: its filter policy has 280\d{3} bytes; SNS takes 262144$/);
  });

  it('refuses more filter policies than the 200 that a topic takes', () => {
    const many = Array.from({ length: 201 }, (_, index) => mailed({ endpoint: `a${index}@example.com` }));
    expect(subscriptionFaults(many.slice(1))).toEqual([]);
    expect(subscriptionFaults(many)).toEqual([expect.stringContaining('there are 201 subscriptions')]);
  });

  it('refuses an endpoint that is subscribed twice, plain addresses included', () => {
    const { emails, subscriptions } = { emails: ['A@example.com'], subscriptions: [mailed(), queued(), queued()] };
    expect(subscriptionFaults(subscriptionsOf({ emails, subscriptions }))).toEqual([
      expect.stringMatching(/^email a@example\.com: is there twice;/),
      expect.stringMatching(/^sqs arn:\S+: is there twice;/),
    ]);
  });

  it('refuses to subscribe people and programs to the canary, of which they would hear nothing', () => {
    expect(faults(mailed({ primaries: ['demo', 'canary'] }), queued({ primaries: ['canary'] }))).toEqual([
      expect.stringMatching(/^email a@example\.com: the primary canary is /),
      expect.stringMatching(/^sqs arn:\S+: the primary canary is /),
    ]);
  });
});

describe('readSettings', () => {
  const read = (subscriptions: unknown, more: object = {}) =>
    readSettings({ 'nbwatch:subscriptions': subscriptions, ...more });

  it('names the setting, the index and the field of every fault in a list', () => {
    const wrong = [
      { protocol: 'email', endpoint: 'a@example.com' },
      { protocol: 'https', endpoint: 'http://example.com', minSeverity: 'high', client: 'sql01' },
    ];
    expect(() => read(wrong)).toThrow(/^nbwatch:subscriptions is .*; 1\.endpoint: is no https:\/\/ URL/);
    expect(() => read(wrong)).toThrow(/; 1\.minSeverity: .*"high"/);
    expect(() => read(wrong)).toThrow(/; 1\.client: /);
  });

  it('checks the subscriptions together once each is valid', () => {
    expect(() => read([mailed()], { 'nbwatch:emails': 'a@example.com' })).toThrow(
      /^nbwatch:subscriptions: email a@example\.com: is there twice; .*\nSettings stand/,
    );
  });
});

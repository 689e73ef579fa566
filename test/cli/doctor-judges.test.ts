import type { TableDescription } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { judgeCertificate } from '../../cli/doctor/certificate.ts';
import { judgeClock } from '../../cli/doctor/clock.ts';
import type { Doctor } from '../../cli/doctor/doctor.ts';
import { judgeEndpoint } from '../../cli/doctor/endpoint.ts';
import { judgeEndpoints } from '../../cli/doctor/endpoints.ts';
import { examine } from '../../cli/doctor/examine.ts';
import { judgeFunctions } from '../../cli/doctor/functions.ts';
import { judgeQuotas } from '../../cli/doctor/quotas.ts';
import { deadOf, judgeStreams, type StreamMapping } from '../../cli/doctor/streams.ts';
import { judgeSubscriptions, type Subscribed } from '../../cli/doctor/subscriptions.ts';
import { type FoundTable, judgeTable, SHAPES } from '../../cli/doctor/table-shape.ts';
import type { Served } from '../../functions/certificate/chain.ts';
import { readDeployment } from '../../local/stack/deployment.ts';
import { readAssembly } from '../../local/stack/synthesize.ts';
import { endpointOf } from '../functions/watch/support.ts';

const states = (verdicts: readonly { state: string }[]) => verdicts.map(({ state }) => state);

describe('doctor: tables', () => {
  const tables = readDeployment(readAssembly(inject('assemblyFolder'))).ofType('AWS::DynamoDB::Table');
  const NAMES = ['Ledger', 'Records', 'Registry'] as const;
  const found = (name: FoundTable['name'], other: Partial<TableDescription> = {}): FoundTable => {
    const made = tables.find(({ id }) => id.startsWith(`Stores${name}`));
    return { name, table: { ...made?.properties, ...other }, ttl: 'expiresAt', recovers: true };
  };

  it('finds nothing wrong with the tables that the stack creates', () => {
    expect(tables).toHaveLength(NAMES.length);
    for (const name of NAMES) expect(judgeTable(found(name))).toEqual([]);
  });

  it.each(NAMES)('%s: fails only for a missing or different index, and warns while it is filled', (name) => {
    const { GlobalSecondaryIndexes = [] } = found(name).table;
    expect(GlobalSecondaryIndexes).toHaveLength(SHAPES[name].indexes.length);
    for (const index of GlobalSecondaryIndexes) {
      const others = GlobalSecondaryIndexes.filter((one) => one !== index);
      const keys = { ...index, Projection: { ProjectionType: 'INCLUDE' as const } };
      for (const left of [others, [...others, keys]]) {
        const [verdict, ...more] = judgeTable(found(name, { GlobalSecondaryIndexes: left }));
        expect(verdict).toMatchObject({
          state: 'failed',
          what: expect.stringContaining(`the index ${index.IndexName} is `),
        });
        expect(more).toEqual([]);
      }
      const filling = { ...index, IndexStatus: 'CREATING' as const };
      expect(states(judgeTable(found(name, { GlobalSecondaryIndexes: [...others, filling] })))).toEqual(['warning']);
    }
  });

  it('fails for other keys, for a missing stream, and for a stream that shows too little', () => {
    const AttributeDefinitions = [
      { AttributeName: 'id', AttributeType: 'S' as const },
      ...(found('Registry').table.AttributeDefinitions ?? []),
    ];
    const KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' as const }];
    expect(judgeTable(found('Registry', { AttributeDefinitions, KeySchema }))).toMatchObject([
      { state: 'failed', what: expect.stringContaining('id (S) and not pk (S), sk (S)') },
    ]);
    for (const name of ['Ledger', 'Records'] as const) {
      const without = found(name);
      delete without.table.StreamSpecification;
      expect(judgeTable(without)).toMatchObject([{ state: 'failed', what: `${name}: it has no stream` }]);
    }
    const keysOnly = { StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' as const } };
    expect(judgeTable(found('Ledger', keysOnly))).toMatchObject([
      { state: 'failed', what: 'Ledger: the view type of its stream is KEYS_ONLY, not NEW_AND_OLD_IMAGES' },
    ]);
  });

  it('warns of missing TTL, recovery and deletion protection, and judges nothing that was not looked at', () => {
    const bare = { ...found('Records', { DeletionProtectionEnabled: false }), ttl: '', recovers: false };
    expect(states(judgeTable(bare))).toEqual(['warning', 'warning', 'warning']);
    expect(judgeTable({ ...found('Records'), ttl: 'endsAt' })).toMatchObject([
      { what: 'Records: TTL uses the attribute endsAt, not expiresAt', next: expect.stringMatching(/^Switch TTL off/) },
    ]);
    expect(judgeTable({ ...bare, ttl: undefined, recovers: undefined })).toEqual([]);
  });
});

describe('doctor: stream mappings', () => {
  const mapping = (other: Partial<StreamMapping> = {}): StreamMapping => ({
    ...{ uuid: 'u', wakes: 'Projection', state: 'Enabled', lastResult: 'OK', ageMs: 0, ...other },
  });
  it.each<[string, Partial<StreamMapping>, string]>([
    ['everything processed', {}, 'ok'],
    ['an unknown age', { ageMs: undefined }, 'ok'],
    ['a little behind', { ageMs: 299_999 }, 'ok'],
    ['five minutes behind', { ageMs: 300_000 }, 'warning'],
    ['a mapping that is being created', { state: 'Creating' }, 'warning'],
    ['a mapping that somebody disabled', { state: 'Disabled' }, 'failed'],
    ['a mapping that cannot do its work', { lastResult: 'PROBLEM: Function call failed' }, 'failed'],
    ['a mapping of a dead stream', { deadOf: 'Ledger' }, 'failed'],
  ])('%s (%j): %s', (_, other, state) => {
    expect(states(judgeStreams([mapping(), mapping(other)]))).toEqual([state]);
  });
  it('a stream is dead when its table has another one now, or none', () => {
    const arn = (table: string, label: string) => `arn:aws:dynamodb:eu-central-1:1:table/${table}/stream/${label}`;
    const now = [
      { name: 'Ledger' as const, table: 'ledger', arn: arn('ledger', '2') },
      { name: 'Records' as const, table: 'records', arn: undefined },
      undefined,
    ];
    const sources = [arn('ledger', '2'), arn('ledger', '1'), arn('records', '1'), arn('not-seen', '1'), undefined];
    expect(sources.map((source) => deadOf(source, now))).toEqual([
      ...[undefined, 'Ledger', 'Records', undefined, undefined],
    ]);
  });
  it('fails without any mapping', () => expect(states(judgeStreams([]))).toEqual(['failed']));
});

it('doctor: functions are ok as deployed, a warning while they are updated, and failed with the reason', () => {
  const one = { name: 'Watch', state: 'Active', lastUpdate: 'Successful', reason: '' };
  expect(states(judgeFunctions([one]))).toEqual(['ok']);
  expect(states(judgeFunctions([one, { ...one, lastUpdate: 'InProgress' }]))).toEqual(['warning']);
  const failed = judgeFunctions([{ ...one, state: 'Failed', reason: 'no role' }, one]);
  expect(failed).toMatchObject([{ state: 'failed', what: 'Watch is not as it was deployed: no role' }]);
});

it('doctor: fewer than 100 unreserved concurrent executions are a warning', () => {
  expect([judgeQuotas(10), judgeQuotas(99), judgeQuotas(100), judgeQuotas(1_000, 99)].flatMap(states)).toEqual([
    'warning',
    'warning',
    'ok',
    'warning',
  ]);
  expect(states(judgeQuotas(undefined))).toEqual(['unknown']);
});

it('doctor: alerts without subscribers fail, operations warn; chat may have none, and one machine needs none', () => {
  const topic = (topic: Subscribed['topic'], confirmed: number): Subscribed => ({
    ...{ topic, confirmed, unconfirmed: [], gone: [] },
  });
  expect(states(judgeSubscriptions([topic('alerts', 1), topic('chat', 0), topic('operations', 2)], false))).toEqual([
    'ok',
  ]);
  const notSeen = judgeSubscriptions([topic('alerts', 1), topic('operations', 1)], false, false);
  expect(notSeen).toMatchObject([{ state: 'ok', what: expect.stringContaining('is not known') }]);
  const nobody = [topic('alerts', 0), topic('chat', 0), topic('operations', 0)];
  expect(states(judgeSubscriptions(nobody, false))).toEqual(['failed', 'warning']);
  expect(states(judgeSubscriptions(nobody, true))).toEqual(['ok']);
  const pending = judgeSubscriptions(
    [{ ...topic('alerts', 1), unconfirmed: ['https example.com 0a1b2c3d4e5f'] }],
    true,
  );
  expect(pending).toMatchObject([{ state: 'warning', what: 'alerts: subscription not confirmed: https example.com' }]);
});

it('doctor: a clock is ok below 30 s off, a warning from there, and failed from 5 minutes', () => {
  const off = (ms: number) => judgeClock(1_795_000_000_000, 1_795_000_000_500 + ms).state;
  expect([0, 29_999, -29_999, 30_000, -30_000, 299_999, 300_000, -300_000].map(off)).toEqual([
    ...['ok', 'ok', 'ok', 'warning', 'warning', 'warning', 'failed', 'failed'],
  ]);
  expect(judgeClock(Number.NaN, 0).state).toBe('unknown');
});

it('doctor: a gateway that refuses this address or cuts the connection is a warning, an unreachable one failed', () => {
  const host = new URL('wss://example.com/nbwss');
  const times = { address: '192.0.2.1', nameMs: 1, openMs: 2 };
  expect(
    [
      judgeEndpoint(host, { step: 'closed', code: 1000, ...times }),
      judgeEndpoint(host, { step: 'closed', code: 1006, ...times }),
      judgeEndpoint(host, { step: 'connection', error: '403', status: 403 }),
      judgeEndpoint(host, { step: 'connection', error: '500', status: 500 }),
      judgeEndpoint(host, { step: 'name', error: 'ENOTFOUND' }),
    ].map(({ state }) => state),
  ).toEqual(['ok', 'warning', 'warning', 'failed', 'failed']);
  const own = judgeEndpoint(
    new URL('wss://netbackup.example.com/'),
    { step: 'name', error: 'ENOTFOUND' },
    'd-1.example',
  );
  expect(own.next).toContain('a CNAME to d-1.example');
});

it('doctor: the time of the connection mentions TLS only for wss:', () => {
  const reached = { step: 'closed', code: 1000, address: '127.0.0.1', nameMs: 1, openMs: 2 } as const;
  const told = (url: string) => judgeEndpoint(new URL(url), reached).what;
  expect(told('wss://localhost/nbwss')).toBe('127.0.0.1: name 1 ms, TLS and WebSocket 2 ms, closes cleanly');
  expect(told('ws://localhost/nbwss')).toBe('127.0.0.1: name 1 ms, WebSocket 2 ms, closes cleanly');
});

it('doctor: an endpoint without a connection is a warning, but on one machine only if it was used before', () => {
  const known = { endpoint: 'demo', heardAt: undefined, isConnected: false };
  expect(states(judgeEndpoints([known], false))).toEqual(['warning']);
  expect(states(judgeEndpoints([known], true))).toEqual(['ok']);
  expect(states(judgeEndpoints([{ ...known, heardAt: 1 }], true))).toEqual(['warning']);
  expect(states(judgeEndpoints([{ ...known, heardAt: 1, isConnected: true }], false))).toEqual(['ok']);
});

describe('doctor: certificate', () => {
  const DAY_MS = 86_400_000;
  const shown = (days: number, other: Partial<Served> = {}): Served => ({
    ...{ seenAt: 0, trusted: true },
    chain: [{ subject: 'CN=host', issuer: 'CN=Amazon', fingerprint: 'AB', validUntil: days * DAY_MS }],
    ...other,
  });
  const judge = (served: Served, isLeftBehind = false) =>
    judgeCertificate(served, [{ endpoint: endpointOf('berlin'), isLeftBehind }], { now: 0, isOneMachine: false });

  it('is ok for more than 30 days, a warning below that, and failed once no day is left', () => {
    expect([31, 30, 1, 0, -1].flatMap((days) => states(judge(shown(days))))).toEqual([
      'ok',
      'warning',
      'warning',
      'failed',
      'failed',
    ]);
  });
  it('fails when no trusted authority signed it, except on one machine', () => {
    const untrusted = shown(100, { trusted: false });
    expect(states(judge(untrusted))).toEqual(['failed']);
    expect(states(judgeCertificate(untrusted, [], { now: 0, isOneMachine: true }))).toEqual(['ok']);
  });
  it('warns when its authority changed, and names an endpoint that has not connected since', () => {
    expect(judge(shown(100), true)).toMatchObject([
      { state: 'warning', what: expect.stringContaining('since berlin was created') },
    ]);
  });
});

it('doctor reports every check in order, even when others fail or hang', async () => {
  // None of the checks below uses it.
  const doctor: Doctor = Object.create(null);
  const kinds = fc.array(fc.constantFrom('ok', 'throws', 'denied', 'hangs'), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(kinds, async (asked) => {
      const looks = asked.map(
        (kind, n) =>
          [
            `check ${n}`,
            async () => {
              if (kind === 'throws') throw new Error('broken');
              if (kind === 'denied')
                throw Object.assign(new Error('perform: s3:ListBucket on'), { name: 'AccessDenied' });
              if (kind === 'hangs') await new Promise(() => {});
              return [{ state: 'ok' as const, what: 'well' }];
            },
          ] as const,
      );
      const found = await Array.fromAsync(examine(doctor, Object.fromEntries(looks), 20));
      const expected = {
        ok: ['ok', 'well'],
        throws: ['failed', 'Error: broken'],
        denied: ['unknown', 'not permitted: s3:ListBucket'],
        hangs: ['unknown', 'no answer within 0.02 s'],
      };
      expect(found.map(({ check, state, what }) => [check, state, what])).toEqual(
        asked.map((kind, n) => [`check ${n}`, ...expected[kind]]),
      );
    }),
    { numRuns: 30 },
  );
});

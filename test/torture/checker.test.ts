import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROJECT } from '../../local/stack/synthesize.ts';
import { check } from '../../torture/checker/check.ts';
import type { ClientLine, Evidence, Item } from '../../torture/checker/evidence.ts';

const JOB = { jobId: 7, startTime: 100, state: 'DONE', status: 6, clientName: 'sql01' };
const IMAGE = { backupId: 'sql01_90', operationId: 'CREATE', createdTime: 100 };
const BROKEN = { jobId: 'x', broken: 'B7' };
const info = (object: string, ...data: unknown[]) => ({ notificationType: 'INFO', object, data });
const kept = { format: 1, messageId: 'm1', messageTime: 50 };
const frame = (data: object, madeByGateway = false) => ({
  ...{ connectionId: 'c', direction: 'out' as const, madeByGateway, data: JSON.stringify(data) },
});
const ANSWER = { version: '1.0', id: 'm1', type: 'NOTIFICATION', subType: 'RESPONSE', timeStamp: 1, payload: [] };

const connect = (connectionId: string, token: string) => ({
  ...{ connectionId, direction: 'in' as const, madeByGateway: false },
  data: JSON.stringify({ type: 'CONNECT', payload: { token } }),
});
const AT = Date.parse('2026-11-27T10:00:00Z');

/** A primary server reported a failed job, an image and something unreadable. A worker was killed once, and all is well. */
const SOUND: Evidence = {
  primaries: [
    { name: 'a', token: 'secret' },
    { name: 'b', token: 'confidential' },
  ],
  strangers: ['unknown'],
  log: [
    {
      ...{ primary: 'a', kind: 'sent', at: AT, id: 'm1' },
      message: { timeStamp: 50, payload: [info('JOB', JOB, BROKEN), info('IMAGE', IMAGE)] },
    },
    { primary: 'a', kind: 'undecodable', frame: '{"message":"Internal server error"}' },
    { primary: 'a', kind: 'acknowledged', at: AT + 1, id: 'm1' },
  ],
  ledger: [
    { pk: 'job#a#7', sk: '100#DONE#6', entry: JSON.stringify(JOB), ...kept },
    { pk: 'image#a#sql01_90', sk: '100#1#CREATE', entry: JSON.stringify(IMAGE), ...kept },
    { pk: 'aside#a#2026-11-27T10', sk: 'd', content: JSON.stringify(BROKEN) },
  ],
  records: [
    { pk: 'job#a#7', sk: 'job', facts: 1, startTime: 100, state: 'DONE', status: 6 },
    { pk: 'image#a#sql01_90', sk: 'image', facts: 1, condition: 'RESTORABLE' },
  ],
  registry: [],
  queue: [JSON.stringify({ id: '1', kind: 'JobFailed', primary: 'a', job: JOB, children: [] })],
  frames: [
    connect('c', 'secret'),
    connect('d', 'confidential'),
    frame({ message: 'Internal server error', requestId: 'r1' }, true),
    frame(ANSWER),
  ],
  failures: [{ functionId: 'Ingest', message: 'killed: Worker w1 was killed', requestId: 'r1' }],
  faults: [{ kind: 'kill', worker: 'w1' }],
  logs: ['{"message":"stored"}'],
};

const refuted = (evidence: Evidence) =>
  check(evidence)
    .filter(({ findings }) => findings.length > 0)
    .map(({ property }) => property);

const without = (items: readonly Item[], start: string) => items.filter(({ pk }) => !String(pk).startsWith(start));
const changed = (items: readonly Item[], start: string, change: Item) =>
  items.map((item) => (String(item.pk).startsWith(start) ? { ...item, ...change } : item));
const [failure = ''] = SOUND.queue;

/** As many put asides as an hour takes. */
const fullHour = (hour: string): Item[] =>
  Array.from({ length: 100 }, (_, at) => ({ pk: `aside#a#${hour}`, sk: String(at), content: `{"broken":"C${at}"}` }));
const POISON = { pk: 'job#a#7', sk: '1#DONE#1', format: 99 };
const NOTE = { pk: 'unprojected#2026-11-27', sk: 'x', factPk: 'job#a#7' };

it('finds nothing where all is well, and checks something for each property', () => {
  expect(refuted(SOUND)).toEqual([]);
  expect(check(SOUND).filter(({ looked }) => looked === 0)).toEqual([]);
  expect(check(SOUND).map(({ property }) => property)).toEqual(['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7', 'P8']);
});

it.each<[string, string, Partial<Evidence>]>([
  ['P1', 'an acknowledged image is not stored', { ledger: without(SOUND.ledger, 'image') }],
  ['P1', 'what could not be read is not put aside', { ledger: without(SOUND.ledger, 'aside') }],
  [
    'P1',
    'an entry is stored in part',
    { ledger: changed(SOUND.ledger, 'job', { entry: JSON.stringify({ ...JOB, clientName: undefined }) }) },
  ],
  ['P1', 'a fact is stored where nobody looks for it', { ledger: changed(SOUND.ledger, 'job', { pk: 'job#a#8' }) }],
  [
    'P1',
    'what could not be read is put aside in part',
    { ledger: changed(SOUND.ledger, 'aside', { content: '{"broken":"B7"}' }) },
  ],
  [
    'P1',
    'what could not be read is not put aside in its hour, though another is full',
    { ledger: [...without(SOUND.ledger, 'aside'), ...fullHour('2026-11-27T11')] },
  ],
  ['P2', 'a fact is stored twice', { ledger: [...SOUND.ledger, { ...SOUND.ledger[0], sk: '100#DONE#6#~1' }] }],
  ['P2', 'a fact counts twice', { records: changed(SOUND.records, 'job', { facts: 2 }) }],
  ['P2', 'two alerts report a failure', { queue: [failure, failure.replace('"id":"1"', '"id":"2"')] }],
  ['P3', 'a record says something else', { records: changed(SOUND.records, 'job', { status: 0 }) }],
  ['P3', 'an image is not what its facts say', { records: changed(SOUND.records, 'image', { condition: 'DELETED' }) }],
  ['P3', 'a record is missing', { records: without(SOUND.records, 'image') }],
  ['P4', 'no alert reports a failure', { queue: [] }],
  ['P4', 'an alert reports a job that did not fail', { queue: [failure, failure.replace('"jobId":7', '"jobId":8')] }],
  ['P5', 'something other than NBWSS is sent', { frames: [...SOUND.frames, frame({ ok: true })] }],
  ['P5', 'no fault explains a frame of the gateway', { faults: [] }],
  ['P5', 'one fault excuses two frames', { frames: [...SOUND.frames, ...SOUND.frames] }],
  [
    'P6',
    'a fact is stored for a primary that did not send it',
    { ledger: [...SOUND.ledger, { ...SOUND.ledger[0], pk: 'job#b#7' }] },
  ],
  ['P5', 'an answer has an id that nobody sent', { frames: [...SOUND.frames, frame({ ...ANSWER, id: 'm2' })] }],
  [
    'P5',
    'an answer goes to another primary server',
    { frames: [...SOUND.frames, { ...frame(ANSWER), connectionId: 'd' }] },
  ],
  ['P6', 'a stranger is accepted', { log: [...SOUND.log, { primary: 'stranger', kind: 'accepted' }] }],
  ['P7', 'an entry beside a bad one is lost', { ledger: without(SOUND.ledger, 'job') }],
  ['P7', 'poison is not noted', { ledger: [...SOUND.ledger, { pk: 'job#a#9', sk: '1', format: 99 }] }],
  [
    'P7',
    'a fact is held up by poison of its job',
    { ledger: [...SOUND.ledger, POISON], records: [...without(SOUND.records, 'job'), NOTE] },
  ],
  [
    'P7',
    'poison is noted for another job',
    { ledger: [...SOUND.ledger, POISON], records: [...SOUND.records, { ...NOTE, factPk: 'job#a#77' }] },
  ],
  ['P8', 'the token of a stranger is in a log', { logs: ['{"message":"unknown"}'] }],
  ['P8', 'a token is in a put aside', { ledger: changed(SOUND.ledger, 'aside', { reason: 'secret' }) }],
  ['P8', 'a token is in a log', { logs: ['{"message":"secret"}'] }],
  ['P8', 'a token is in an item', { registry: [{ pk: 'x', note: 'secret' }] }],
])('%s is refuted when %s', (property, _, tampered) => {
  expect(refuted({ ...SOUND, ...tampered })).toContain(property);
});

/** Evidence of one job: its facts, each with the `timeStamp` of its message, and what its record shows. */
const jobOf = (facts: readonly [number, object][], shown: object): Evidence => ({
  ...SOUND,
  log: facts.flatMap(([timeStamp, fact], at): ClientLine[] => [
    {
      primary: 'a',
      kind: 'sent',
      at: AT,
      id: `n${at}`,
      message: { timeStamp, payload: [info('JOB', { ...JOB, ...fact })] },
    },
    { primary: 'a', kind: 'acknowledged', at: AT, id: `n${at}` },
  ]),
  ledger: facts.map(([messageTime, fact], at) => ({
    ...{ pk: 'job#a#7', sk: String(at), format: 1, messageId: `n${at}`, messageTime },
    entry: JSON.stringify({ ...JOB, ...fact }),
  })),
  records: [{ pk: 'job#a#7', sk: 'job', facts: facts.length, startTime: 100, state: 'DONE', status: 6, ...shown }],
});
const ACTIVE = { state: 'ACTIVE', status: 0 };
const SUSPENDED = { state: 'SUSPENDED', status: 0 };

it.each<[string, [number, object][], object, object]>([
  [
    'DONE wins over what was sent later',
    [
      [50, {}],
      [60, ACTIVE],
    ],
    {},
    ACTIVE,
  ],
  [
    'of two DONE the one sent later wins',
    [
      [70, { status: 0 }],
      [60, {}],
    ],
    { status: 0 },
    { status: 6 },
  ],
  [
    'of a run without DONE the fact sent last wins',
    [
      [60, SUSPENDED],
      [50, ACTIVE],
    ],
    SUSPENDED,
    ACTIVE,
  ],
  [
    'the latest run is shown',
    [
      [50, { startTime: 200, ...ACTIVE }],
      [60, {}],
    ],
    { startTime: 200, ...ACTIVE },
    {},
  ],
  [
    'an end without a start that was sent after the latest run is shown',
    [
      [50, { status: 0 }],
      [60, { startTime: 0 }],
    ],
    { startTime: 0 },
    { status: 0 },
  ],
  [
    'an end without a start that was sent with the latest run is not shown',
    [
      [50, { status: 0 }],
      [50, { startTime: 0 }],
    ],
    { status: 0 },
    { startTime: 0 },
  ],
  [
    'a job that waits does not hide its run, though that fact was sent later',
    [
      [50, {}],
      [60, { startTime: 0, state: 'QUEUED', status: 0 }],
    ],
    {},
    { startTime: 0, state: 'QUEUED', status: 0 },
  ],
])('P3: %s', (_, facts, right, wrong) => {
  expect(refuted(jobOf(facts, right))).not.toContain('P3');
  expect(refuted(jobOf(facts, wrong))).toContain('P3');
});

it('takes an alert that comes twice under one id for one, and a failure in a digest for reported', () => {
  expect(refuted({ ...SOUND, queue: [failure, failure] })).toEqual([]);
  const digest = JSON.stringify({ id: '3', kind: 'FailureDigest', failures: [{ primary: 'a', job: JOB }] });
  expect(refuted({ ...SOUND, queue: [digest] })).toEqual([]);
});

it('does not expect put asides beyond the share of the hour, and accepts poison that was noted', () => {
  expect(refuted({ ...SOUND, ledger: [...without(SOUND.ledger, 'aside'), ...fullHour('2026-11-27T10')] })).toEqual([]);
  expect(refuted({ ...SOUND, ledger: [...SOUND.ledger, POISON], records: [...SOUND.records, NOTE] })).toEqual([]);
});

it('imports nothing but its own files, so neither the product nor what sends', () => {
  const folder = join(PROJECT, 'torture/checker');
  for (const file of readdirSync(folder))
    for (const [, from] of readFileSync(join(folder, file), 'utf8').matchAll(/ from '([^']+)'/g))
      expect(from, file).toMatch(/^\.\/[\w-]+\.ts$/);
});

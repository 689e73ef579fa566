import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { receive } from '../../../functions/ingest/receive.ts';
import type { Appended } from '../../../functions/ledger/ledger.ts';
import { readEnvelope } from '../../../functions/nbwss/envelope.ts';
import { anyCharacter } from '../../support/any-character.ts';
import { exampleText, imageContent, jobContent, RECEIVED } from '../support.ts';
import { arrival, group, type Otherwise, ports, request } from './ports.ts';

const fails = (name: string) => () => Promise.reject(Object.assign(new Error('SECRET'), { name }));
const connect = (token: unknown) => arrival(request('CONNECT', { token }));
const notification = (...groups: unknown[]) => arrival(request('NOTIFICATION', groups));
const twoJobs = notification(group('JOB', jobContent(), jobContent({ jobId: 2 })));
const response = (type: string, payload: unknown) => ({
  ...{ version: '1.0', id: 'i-1', type, subType: 'RESPONSE', timeStamp: 1_795_462_413, payload },
});

describe('CONNECT', () => {
  it('with a good token binds the connection, then answers valid', async () => {
    const { context, journal, sent } = ports();
    expect(await receive(context, connect('good'))).toEqual({ kind: 'accepted', primary: 'demo', endpoint: 'demo' });
    expect(journal).toEqual(['connect', 'connect done', 'send', 'send done']);
    expect(sent.map((text) => JSON.parse(text))).toEqual([response('CONNECT', { valid: true })]);
  });

  it.each([
    ['a wrong token', 'bad', 'no endpoint has this token'],
    ['a token that is not text', 1, 'the CONNECT has no token'],
    ['no token', undefined, 'the CONNECT has no token'],
  ])('with %s answers invalid, then disconnects, and stores nothing', async (_, token, reason) => {
    const { context, journal, sent } = ports();
    const outcome = await receive(context, connect(token));
    expect(outcome).toEqual({ kind: 'refused', reason });
    expect(journal.filter((step) => !step.startsWith('connect'))).toEqual([
      ...['send', 'send done', 'disconnect', 'disconnect done'],
    ]);
    expect(sent.map((text) => JSON.parse(text))).toEqual([response('CONNECT', { valid: false })]);
  });

  it('that the registry refuses answers invalid, then disconnects, and the outcome gives the reason', async () => {
    const refused = 'the connection belongs to another endpoint';
    const { context, journal, sent } = ports({ registry: { connect: async () => ({ refused }) } });
    const outcome = await receive(context, connect('good'));
    expect(outcome).toEqual({ kind: 'refused', reason: refused });
    expect(JSON.parse(sent[0] ?? '').payload).toEqual({ valid: false });
    expect(journal.at(-1)).toBe('disconnect done');
  });

  it.each([
    request('CONNECT', { token: 'good' }, { subType: 'REQUESTED' }),
    request('CONNECT', { token: 'good' }, { subType: 'RESPONSE' }),
    request('CONNECT', { token: 'good' }, { subType: undefined }),
    request('CONNECT', { token: 'good' }, { id: undefined }),
    request('CONNECT', { token: 'good' }, { id: 1 }),
    { type: 'CONNECT' },
  ])('that is not a request with an id disconnects, without storing or answering anything: %j', async (message) => {
    const { context, journal, asides, sent } = ports();
    const reason = 'the CONNECT is not a request with an id';
    expect(await receive(context, arrival(message))).toEqual({ kind: 'refused', reason });
    expect(journal).toEqual(['disconnect', 'disconnect done']);
    expect([...asides, ...sent]).toEqual([]);
  });

  it('stays silent when the registry fails, and does not disconnect', async () => {
    const { context, sent, journal } = ports({ registry: { connect: fails('Throttled') } });
    expect(await receive(context, connect('good'))).toEqual({ kind: 'silent', reason: 'Throttled' });
    expect(sent).toEqual([]);
    expect(journal).not.toContain('disconnect');
  });
});

describe('NOTIFICATION', () => {
  it('is stored whole before it is acknowledged', async () => {
    const { context, journal, sent, facts } = ports();
    expect(await receive(context, twoJobs)).toEqual({
      ...{ kind: 'stored', primary: 'demo', answered: true },
      counts: { new: 2, duplicate: 0, variant: 0 },
    });
    const effects = journal.filter((step) => !step.startsWith('bound'));
    expect(effects).toEqual(['append', 'append done', 'send', 'send done']);
    expect(sent.map((text) => JSON.parse(text))).toEqual([response('NOTIFICATION', [])]);
    expect(facts.map(({ pk }) => pk)).toEqual(['job#demo#148', 'job#demo#2']);
    expect(facts[0]).toMatchObject({
      ...{ messageId: 'i-1', messageTime: 1_459_812_600, receivedAt: RECEIVED, connectionId: 'c-1', requestId: 'r-1' },
      ...{ primary: 'demo', endpoint: 'demo' },
    });
  });

  it('counts the entries that are new, duplicates and variants', async () => {
    const results: Appended[] = ['new', 'duplicate', 'duplicate', 'variant'];
    const { context } = ports({ ledger: { append: async () => results } });
    const four = notification(group('JOB', jobContent(), jobContent()), group('IMAGE', imageContent(), imageContent()));
    expect(await receive(context, four)).toMatchObject({ counts: { new: 1, duplicate: 2, variant: 1 } });
  });

  it('with some unreadable entries is stored in part, puts those aside with their reasons, and is acknowledged', async () => {
    const { context, asides, facts, sent } = ports();
    const mixed = notification(group('JOB', jobContent({ status: 'x', token: 'T' }), jobContent()), group('NEW', 1));
    expect(await receive(context, mixed)).toEqual({
      ...{ kind: 'stored in part', primary: 'demo', answered: true },
      counts: { new: 1, duplicate: 0, variant: 0 },
      aside: { kept: 2, counted: 0 },
    });
    expect(facts).toHaveLength(1);
    expect(asides.map(({ pk, reason }) => [pk, reason])).toEqual([
      ['aside#demo#2026-11-23T19', 'status is not number'],
      ['aside#demo#2026-11-23T19', 'unknown object'],
    ]);
    expect(new Set(asides.map(({ sk }) => sk)).size).toBe(2);
    expect(asides.map(({ content }) => JSON.parse(content))).toEqual([
      jobContent({ status: 'x', token: '[removed]' }),
      group('NEW', 1),
    ]);
    expect(sent).toHaveLength(1);
  });

  it.each([
    ['a payload that is not an array', { a: 1 }, 'the payload is not an array'],
    ['nothing readable', [group('NEW', 1)], 'unknown object'],
  ])('with %s is put aside and acknowledged', async (_, payload, reason) => {
    const { context, asides, sent } = ports();
    const outcome = await receive(context, arrival(request('NOTIFICATION', payload)));
    expect(outcome).toEqual({
      ...{ kind: 'put aside', primary: 'demo', reason, answered: true },
      aside: { kept: 1, counted: 0 },
    });
    expect(asides).toHaveLength(1);
    expect(sent.map((text) => JSON.parse(text))).toEqual([response('NOTIFICATION', [])]);
  });

  it('keeps unknown fields with each fact, and puts the whole message aside once for its unreadable entries', async () => {
    const { context, facts, asides } = ports();
    const odd = request('NOTIFICATION', [group('JOB', jobContent(), null, 1)], { version: '1.1', note: 'token=T' });
    expect(await receive(context, arrival(odd))).toMatchObject({
      kind: 'stored in part',
      aside: { kept: 1, counted: 0 },
    });
    expect(facts.map(({ around }) => JSON.parse(around ?? ''))).toEqual([
      { group: { notificationType: 'INFO' }, message: { version: '1.1', note: 'token=[removed]' } },
    ]);
    expect(asides.map(({ content }) => JSON.parse(content))).toEqual([{ ...odd, note: 'token=[removed]' }]);
  });

  it('whose entry is too large in its canonical text is put aside as it was sent, and acknowledged', async () => {
    const { context, asides, sent } = ports();
    const grows = `[${'1e15,'.repeat(21_000)}1]`;
    const text = JSON.stringify(request('NOTIFICATION', [group('JOB', jobContent({ token: 'T', x: 'GROWS' }))]));
    const patient = { ...context, deadlineMs: 60_000 };
    expect(await receive(patient, arrival(text.replace('"GROWS"', grows)))).toMatchObject({ kind: 'put aside' });
    expect(asides.map(({ reason, content }) => [reason, content.length < 128_000])).toEqual([
      ['it is too large', true],
    ]);
    expect(sent).toHaveLength(1);
  });

  it('that is put aside whole for more than five reasons keeps the first five', async () => {
    const { context, asides } = ports();
    const entries = ['jobId', 'state', 'status', 'startTime', 'clientName', 'policyName'].map((field) =>
      jobContent({ [field]: false }),
    );
    const odd = request('NOTIFICATION', [group('JOB', ...entries, null, ...entries)], { version: '1.1' });
    await receive(context, arrival(odd));
    expect(asides.map(({ reason }) => reason)).toEqual([
      'jobId is not number; state is not string; status is not number; startTime is not number; clientName is not string',
    ]);
  });

  it('puts aside at most nine entries at a time, so that other calls have connections left', async () => {
    let [now, most] = [0, 0];
    const putAside = async () => {
      most = Math.max(most, ++now);
      await new Promise(setImmediate);
      now -= 1;
    };
    const { context } = ports({ ledger: { putAside } });
    const bad = Array.from({ length: 100 }, (_, index) => index);
    expect(await receive(context, notification(group('JOB', ...bad)))).toMatchObject({ aside: { kept: 100 } });
    expect(most).toBe(9);
  });

  it('whose entry nests too deep is put aside whole, and acknowledged', async () => {
    const { context, asides, sent } = ports();
    const deep = `${'['.repeat(50_000)}${'1'.repeat(20)}${']'.repeat(50_000)}`;
    const text = JSON.stringify(request('NOTIFICATION', [group('JOB', 'DEEP')])).replace('"DEEP"', deep);
    expect(await receive(context, arrival(text))).toMatchObject({ kind: 'put aside', answered: true });
    expect(asides.map(({ content }) => content)).toEqual([text]);
    expect(sent).toHaveLength(1);
  });

  it('with an id that is not well-formed is stored under a well-formed one, and acknowledged under its own', async () => {
    const { context, facts, sent } = ports();
    const odd = request('NOTIFICATION', [group('JOB', jobContent())], { id: 'i\ud800' });
    expect(await receive(context, arrival(odd))).toMatchObject({ kind: 'stored', answered: true });
    expect(facts.map(({ messageId }) => messageId)).toEqual(['i\ufffd']);
    expect(sent.map((text) => JSON.parse(text).id)).toEqual(['i\ud800']);
  });

  it('without any entries is stored and acknowledged', async () => {
    const { context, sent } = ports();
    expect(await receive(context, notification())).toMatchObject({ kind: 'stored', answered: true });
    expect(sent).toHaveLength(1);
  });

  it('before a valid CONNECT disconnects, without storing or sending anything', async () => {
    const { context, journal, sent } = ports({ registry: { bound: async () => undefined } });
    const outcome = await receive(context, twoJobs);
    expect(outcome).toEqual({ kind: 'refused', reason: 'the message came before a valid CONNECT' });
    expect(journal).toEqual(['disconnect', 'disconnect done']);
    expect(sent).toEqual([]);
  });

  it('is not acknowledged when appending its facts fails, and ends only after putting entries aside has ended', async () => {
    const { context, sent, journal } = ports({ ledger: { append: fails('Throttled') } });
    const outcome = await receive(context, notification(group('JOB', jobContent(), null)));
    expect(outcome).toEqual({ kind: 'silent', reason: 'Throttled' });
    expect(journal).toContain('putAside done');
    expect(sent).toEqual([]);
  });

  it('only counts unreadable entries beyond the share of the hour, and is acknowledged all the same', async () => {
    const { context, asides, sent } = ports({ asideLimit: { admit: async () => new Set() } });
    const outcome = await receive(context, notification(group('JOB', null, jobContent())));
    expect(outcome).toMatchObject({ kind: 'stored in part', aside: { kept: 0, counted: 1 }, answered: true });
    expect(asides).toEqual([]);
    expect(sent).toHaveLength(1);
  });

  it.each([
    ['bound', {}, 1],
    ['bound, but storing fails', { ledger: { append: fails('Throttled'), putAside: fails('Throttled') } }, 1],
    ['a stranger', { registry: { bound: async () => undefined } }, 0],
  ])('is recorded as a sign of life only on a bound connection: %s', async (_, otherwise: Otherwise, times) => {
    for (const text of [notification(group('JOB', jobContent(), null)), arrival(request('COMMAND', {}))]) {
      const heard: unknown[] = [];
      const { context } = ports(otherwise);
      context.registry.heard = async (...of) => void heard.push(of.slice(0, 2));
      await receive(context, text);
      expect(heard).toEqual(Array.from({ length: times }, () => [text.connectionId, text.receivedAt]));
    }
  });

  it.each([
    ['that is stored', twoJobs],
    ['that is put aside', arrival(request('COMMAND', {}))],
  ])(
    '%s is acknowledged before its sign of life is recorded, but ends only once that is recorded',
    async (_, message) => {
      const acknowledged = Promise.withResolvers<void>();
      const { context, journal } = ports({
        registry: {
          heard: async () => {
            await acknowledged.promise;
            await new Promise(setImmediate);
            journal.push('heard');
          },
        },
        socket: {
          send: async () => {
            journal.push('acknowledged');
            acknowledged.resolve();
            return true;
          },
        },
      });
      await receive(context, message);
      expect(journal.slice(-2)).toEqual(['acknowledged', 'heard']);
    },
  );

  it.each([
    ['its unreadable entries cannot be put aside', { ledger: { putAside: fails('Throttled') } }],
    ['its connection cannot be looked up', { registry: { bound: fails('Throttled') } }],
    ['its acknowledgement cannot be sent', { socket: { send: fails('Throttled') } }],
  ])('stays silent when %s', async (_, otherwise) => {
    const { context, sent } = ports(otherwise);
    const outcome = await receive(context, notification(group('JOB', jobContent(), null)));
    expect(outcome).toEqual({ kind: 'silent', reason: 'Throttled' });
    expect(sent).toEqual([]);
  });

  it('is stored as unanswered when its connection is gone', async () => {
    const { context } = ports({ socket: { send: async () => false } });
    expect(await receive(context, twoJobs)).toMatchObject({ kind: 'stored', answered: false });
  });

  it.each([
    ['array', '"payload":[]}'],
    ['object', '"payload":{}}'],
    ['none', '"timeStamp":1795462413}'],
  ] as const)('is acknowledged with the payload that the deployment chose: %s', async (acknowledgementPayload, end) => {
    const { context, sent } = ports({ acknowledgementPayload });
    await receive(context, twoJobs);
    await receive(context, arrival(request('COMMAND', {})));
    for (const text of sent) expect(text.endsWith(end)).toBe(true);
    expect(sent).toHaveLength(2);
  });

  it('of every documented example is stored', async () => {
    const { context, facts } = ports({ retention: { jobDays: 400, imageDays: undefined } });
    for (const file of [
      '03-job-active',
      '04-restore-done',
      '05-image-deleted',
      '06-image-deleted-air',
      '07-job-and-images',
    ])
      expect(await receive(context, arrival(exampleText(`${file}.json`)))).toMatchObject({ kind: 'stored' });
    expect(facts).toHaveLength(8);
    expect(facts.map((fact) => 'expiresAt' in fact)).toEqual(facts.map(({ object }) => object === 'JOB'));
  });
});

describe('a message that is neither a CONNECT nor a NOTIFICATION request', () => {
  it.each([
    request('COMMAND', {}),
    request('COMMAND', { token: 'good' }),
    request('notification', []),
    request('toString', []),
    request('__proto__', [], { subType: '' }),
    request('NOTIFICATION', [], { subType: undefined }),
    request('NOTIFICATION', [], { subType: 1 }),
    request('NOTIFICATION', [], { type: undefined }),
    request('NOTIFICATION', [], { type: ['NOTIFICATION'] }),
    { id: 'i-1' },
  ])('is put aside whole, and acknowledged if its id can be read: %j', async (message) => {
    const { context, journal, asides, sent } = ports();
    expect(await receive(context, arrival(message))).toEqual({
      ...{ kind: 'put aside', primary: 'demo', answered: true, reason: 'neither a CONNECT nor a NOTIFICATION request' },
      aside: { kept: 1, counted: 0 },
    });
    expect(asides).toMatchObject([{ requestId: 'r-1', reason: 'neither a CONNECT nor a NOTIFICATION request' }]);
    const kept = JSON.parse(JSON.stringify(message).replace('good', '[removed]'));
    expect(asides.map(({ content }) => JSON.parse(content))).toEqual([kept]);
    expect(journal.filter((step) => !step.startsWith('bound'))).toEqual([
      'putAside',
      'putAside done',
      'send',
      'send done',
    ]);
    expect(sent.map((text) => JSON.parse(text))).toEqual([response('NOTIFICATION', [])]);
  });

  it.each([
    '',
    'hello',
    '{',
    '[]',
    'null',
    '{"id":1}',
    JSON.stringify(request('NOTIFICATION', [], { id: 'x'.repeat(4_001) })),
  ])('is put aside without an answer if it has no usable id: %j', async (text) => {
    const { context, asides, sent } = ports();
    expect(await receive(context, arrival(text))).toEqual({
      ...{ kind: 'put aside, unanswered', primary: 'demo', reason: 'not an NBWSS message with an id' },
      aside: { kept: 1, counted: 0 },
    });
    expect(asides.map(({ content }) => content)).toEqual([text]);
    expect(sent).toEqual([]);
  });

  it('is put aside without an answer if it is itself a response', async () => {
    const { context, asides, sent } = ports();
    const message = request('NOTIFICATION', [], { subType: 'RESPONSE' });
    expect(await receive(context, arrival(message))).toMatchObject({ kind: 'put aside, unanswered' });
    expect(asides).toHaveLength(1);
    expect(sent).toEqual([]);
  });

  it('is not stored before a valid CONNECT', async () => {
    const { context, asides, journal } = ports({ registry: { bound: async () => undefined } });
    expect(await receive(context, arrival('garbage'))).toMatchObject({ kind: 'refused' });
    expect(asides).toEqual([]);
    expect(journal).toContain('disconnect done');
  });

  it('is not acknowledged when it cannot be put aside', async () => {
    const { context, sent } = ports({ ledger: { putAside: fails('Throttled') } });
    expect(await receive(context, arrival(request('COMMAND', {})))).toEqual({ kind: 'silent', reason: 'Throttled' });
    expect(sent).toEqual([]);
  });
});

describe('the deadline', () => {
  it.each([
    [1_499, 'stored'],
    [1_500, 'silent'],
    [60_000, 'silent'],
  ])('counts from the arrival at the gateway: %d ms later the outcome is %s', async (late, kind) => {
    const { context, journal } = ports({ now: () => RECEIVED + late });
    const outcome = await receive(context, twoJobs);
    // With one millisecond left, the deadline may pass before the message is stored: this checks only that work begins.
    if (kind === 'silent') {
      expect(outcome).toEqual({ kind: 'silent', reason: 'the deadline had passed when the message arrived' });
      expect(journal).toEqual([]);
    } else expect(journal[0]).toBe('bound');
  });

  it('aborts the calls that are running when it passes, and nothing is sent', async () => {
    const { context, sent } = ports({
      now: () => RECEIVED + 1_499,
      ledger: {
        append: (_, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new Error('SECRET')));
            if (signal.aborted) reject(new Error('SECRET'));
          }),
      },
    });
    expect(await receive(context, twoJobs)).toEqual({ kind: 'silent', reason: 'the deadline passed' });
    expect(sent).toEqual([]);
  });
});

describe('any text at all', () => {
  const types = fc.constantFrom('CONNECT', 'NOTIFICATION', 'COMMAND');
  const near = fc
    .tuple(types, fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue()), fc.constant([group('JOB', jobContent(), 0)])))
    .map(([type, payload]) => JSON.stringify(request(type, payload)));
  const text = fc.oneof(fc.json(), fc.string({ unit: anyCharacter }), near);

  it('has one outcome and never an exception, and every answer is well-formed NBWSS', async () => {
    await fc.assert(
      fc.asyncProperty(text, fc.boolean(), async (any, isBound) => {
        const { context, sent, facts, asides } = ports(isBound ? {} : { registry: { bound: async () => undefined } });
        const { kind } = await receive(context, arrival(any));
        expect(['accepted', 'refused', 'stored', 'stored in part', 'put aside', 'put aside, unanswered']).toContain(
          kind,
        );
        for (const answer of sent) {
          expect(readEnvelope(JSON.parse(answer))).toMatchObject({ id: 'i-1', subType: 'RESPONSE' });
          expect(Object.keys(JSON.parse(answer))).toEqual(['version', 'id', 'type', 'subType', 'timeStamp', 'payload']);
        }
        if (!isBound) expect([...facts, ...asides]).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('gets no answer when a call that it needs fails, and the outcome gives the name of the failure', async () => {
    const needed = ['connect', 'bound', 'append', 'putAside'];
    await fc.assert(
      fc.asyncProperty(near, fc.subarray([...needed, 'send', 'disconnect'], { minLength: 1 }), async (any, failing) => {
        const tried: string[] = [];
        const failure = Object.fromEntries(
          failing.map((name) => [
            name,
            () => {
              tried.push(name);
              return fails('Down')();
            },
          ]),
        );
        const { context, sent } = ports({ registry: failure, ledger: failure, socket: failure });
        const outcome = await receive(context, arrival(any));
        if (tried.some((name) => needed.includes(name))) expect(sent).toEqual([]);
        expect(outcome.kind === 'silent' ? outcome.reason : 'Down').toBe('Down');
        expect(outcome.kind === 'silent').toBe(tried.length > 0);
      }),
      { numRuns: 300 },
    );
  });
});

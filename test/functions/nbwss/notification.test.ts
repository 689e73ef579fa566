import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, parseJson } from '../../../functions/nbwss/json.ts';
import { readNotification } from '../../../functions/nbwss/notification.ts';
import { type Content, exampleText, imageContent, jobContent } from '../support.ts';

const group = (object: string, ...data: unknown[]) => ({ notificationType: 'INFO', object, data });
const job = (other: Content = {}) => readNotification([group('JOB', jobContent(other))]);
const image = (other: Content = {}) => readNotification([group('IMAGE', imageContent(other))]);
const reasonOf = ({ unreadable }: ReturnType<typeof readNotification>) => unreadable[0]?.reason;
const isRead = ({ entries, unreadable }: ReturnType<typeof readNotification>) =>
  entries.length === 1 && unreadable.length === 0;

describe('a documented message', () => {
  it.each([
    [
      '03-job-active.json',
      [['JOB', { jobId: 144, parentJobId: 144, state: 'ACTIVE', status: 0, startTime: 1_459_829_674 }]],
    ],
    ['04-restore-done.json', [['JOB', { jobId: 147, state: 'DONE', policyName: '', jobType: 'RESTORE' }]]],
    ['05-image-deleted.json', [['IMAGE', { backupId: 'localhost_1458601200', operationId: 'DELETE' }]]],
    [
      '06-image-deleted-air.json',
      [
        ['IMAGE', { operationId: 'UPDATE', createdTime: 1_471_485_862 }],
        ['IMAGE', { operationId: 'NO_LOCAL_COPY_AVAILABLE', createdTime: 1_471_485_862 }],
      ],
    ],
    [
      '07-job-and-images.json',
      [
        ['JOB', { jobId: 146, parentJobId: 145, state: 'DONE', status: 0 }],
        ['IMAGE', { backupId: 'DummyTestVM_1459811698', backupTime: 1_459_811_698 }],
        ['IMAGE', { backupId: 'DummyTestVM_1459811686', backupTime: 1_459_811_686 }],
      ],
    ],
    ['08-job-failed.json', [['JOB', { jobId: 148, state: 'DONE', status: 156, scheduleType: 'ST_FULL' }]]],
  ] as const)('is read whole, with the values that it has: %s', (file, expected) => {
    const { payload } = JSON.parse(exampleText(file));
    const { entries, unreadable } = readNotification(payload);
    expect(unreadable).toEqual([]);
    expect(entries.map(({ object }) => object)).toEqual(expected.map(([object]) => object));
    for (const [index, { entry }] of entries.entries()) expect(entry).toMatchObject({ ...expected[index]?.[1] });
    const sent = payload.flatMap(({ data }: { data: unknown[] }) => data);
    expect(entries.map(({ text }) => text)).toEqual(sent.map((content: unknown) => canonicalJson(content)));
  });
});

describe('a notification with unreadable parts', () => {
  it.each([null, 1, 'text', [], {}, { jobId: 'x' }, JSON.parse('{"__proto__":{"jobId":1}}')])(
    'loses no entry beside an unreadable one, in its group or the next: %j',
    (bad) => {
      const { entries, unreadable } = readNotification([
        group('JOB', jobContent(), bad, jobContent({ jobId: 2 })),
        group('IMAGE', imageContent()),
      ]);
      expect(entries.map(({ object }) => object)).toEqual(['JOB', 'JOB', 'IMAGE']);
      expect(unreadable.map(({ text }) => text)).toEqual([canonicalJson(bad)]);
    },
  );

  it.each([null, 1, 'JOB', [], {}, { object: 'JOB' }, { object: 'JOB', data: {} }, { object: 1, data: [] }])(
    'loses no entry beside an unreadable group: %j',
    (bad) => {
      const { entries, unreadable } = readNotification([bad, group('JOB', jobContent())]);
      expect(entries).toHaveLength(1);
      expect(unreadable.map(({ text }) => text)).toEqual([canonicalJson(bad)]);
    },
  );

  it.each(['POLICY', 'job', 'toString', '__proto__', 'constructor', ''])('survives an unknown object: %j', (object) => {
    const { entries, unreadable } = readNotification([group(object, { a: 1 }), group('JOB', jobContent())]);
    expect(entries).toHaveLength(1);
    expect(unreadable).toEqual([{ reason: 'unknown object', text: canonicalJson(group(object, { a: 1 })) }]);
  });

  it('loses no entry beside one that nests too deep, and leaves that one to the message', () => {
    const deep = (depth: number) => JSON.parse(`${'['.repeat(depth)}1${']'.repeat(depth)}`);
    const { entries, unreadable } = readNotification([
      group('JOB', jobContent({ x: deep(64) }), jobContent({ x: deep(63) })),
    ]);
    expect(entries).toHaveLength(1);
    expect(unreadable).toEqual([{ reason: 'TooDeepError: nested deeper than 64 levels', text: undefined }]);
  });

  it('loses no entry beside one whose canonical text is too large, and leaves that one to the message', () => {
    const grows = parseJson(`[${'1e15,'.repeat(25_000)}1]`);
    const { entries, unreadable } = readNotification([
      group('JOB', jobContent({ x: grows }), jobContent({ status: 'x', x: grows }), jobContent()),
    ]);
    expect(entries).toHaveLength(1);
    expect(unreadable).toEqual([
      { reason: 'it is too large', text: undefined },
      { reason: 'it is too large', text: undefined },
    ]);
  });

  it('reads the good entries beside any number of bad ones, and sums up more than 1,000 of those in one reason', () => {
    const read = (bad: number) => {
      const some = Array.from({ length: bad }, () => null);
      return readNotification([...some.slice(501), group('JOB', jobContent(), ...some.slice(0, 501), jobContent())]);
    };
    expect(read(1_000)).toMatchObject({ entries: [{}, {}], unreadable: { length: 1_000 } });
    const reason = 'more than 1000 entries or groups cannot be read; the first: it is not Object';
    expect(read(1_001)).toMatchObject({ entries: [{}, {}], unreadable: [{ reason, text: undefined }] });
    expect(read(60_000)).toMatchObject({ entries: [{}, {}], unreadable: [{ reason, text: undefined }] });
  });

  it('reads the good entries of any mixture in order, and counts the bad ones', () => {
    const bad = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('jobId'));
    const marked = fc.array(fc.oneof(fc.record({ good: fc.nat() }), fc.record({ bad })), { minLength: 1 });
    fc.assert(
      fc.property(marked, (marks) => {
        const data = marks.map((mark) => ('good' in mark ? jobContent({ jobId: mark.good }) : mark.bad));
        const { entries, unreadable } = readNotification([group('JOB', ...data)]);
        const good = marks.flatMap((mark) => ('good' in mark ? [mark.good] : []));
        expect(entries.map(({ entry }) => entry.jobId)).toEqual(good);
        expect(unreadable).toHaveLength(marks.length - good.length);
      }),
    );
  });

  it.each([undefined, null, {}, 'x', 1])('is one unreadable part if its payload is not an array: %j', (payload) => {
    const text = canonicalJson(payload ?? null);
    expect(readNotification(payload)).toEqual({
      entries: [],
      unreadable: [{ reason: 'the payload is not an array', text }],
    });
  });
});

describe('the limits of fields', () => {
  /** Texts of so many bytes, made of characters of one to four bytes. */
  const texts = (bytes: number) =>
    ['a', 'é', '€', '😀'].map((character) => {
      const size = Buffer.byteLength(character);
      return character.repeat(Math.floor(bytes / size)) + 'x'.repeat(bytes % size);
    });
  const limits: [string, (other: Content) => ReturnType<typeof readNotification>, number, number][] = [
    ['clientName', job, 1, 512],
    ['policyName', job, 0, 512],
    ['state', job, 1, 128],
    ['policyType', job, 0, 128],
    ['jobType', job, 0, 128],
    ['scheduleType', job, 0, 128],
    ['backupId', image, 1, 512],
    ['clientName', image, 1, 512],
    ['operationId', image, 1, 128],
    ['clientType', image, 0, 128],
  ];

  it.each(limits)('are exact for the bytes of %s in %o: %d to %d', (field, read, min, max) => {
    for (const text of [...texts(min), ...texts(max)]) expect(isRead(read({ [field]: text }))).toBe(true);
    const beyond = [...texts(max + 1), ...(min > 0 ? [''] : [])];
    for (const text of beyond)
      expect(reasonOf(read({ [field]: text }))).toBe(`${field} is not ${min} to ${max} bytes long`);
  });

  it.each([
    ['startTime', job, 0, 9_999_999_999],
    ['createdTime', image, 0, 9_999_999_999],
    ['backupTime', image, 0, 9_999_999_999],
    ['status', job, -2_147_483_648, 2_147_483_647],
    ['jobId', job, 0, Number.MAX_SAFE_INTEGER],
    ['parentJobId', job, 0, Number.MAX_SAFE_INTEGER],
  ] as const)('are exact for the number %s', (field, read, min, max) => {
    for (const number of [min, max]) expect(isRead(read({ [field]: number }))).toBe(true);
    const reason = `${field} is not an integer from ${min} to ${max}`;
    for (const number of [min - 1, max + 1, min + 0.5]) expect(reasonOf(read({ [field]: number }))).toBe(reason);
    expect(reasonOf(read({ [field]: '1' }))).toMatch(new RegExp(`^${field} is not `));
    expect(reasonOf(read({ [field]: parseJson('12345678901234567890') }))).toMatch(new RegExp(`^${field} is not `));
  });

  it.each(['clientName', 'policyName', 'state', 'jobType'])('allow only well-formed Unicode in %s', (field) => {
    expect(isRead(job({ [field]: '😀' }))).toBe(true);
    for (const half of ['\ud83d', 'x\ude00', '\ude00\ud83d'])
      expect(reasonOf(job({ [field]: half }))).toBe(`${field} is not well-formed Unicode`);
  });
});

describe('an entry', () => {
  it('is unreadable without any one of its required fields, and the reason names that field', () => {
    const missing = (content: Content, field: string) =>
      Object.fromEntries(Object.entries(content).filter(([name]) => name !== field));
    for (const field of ['jobId', 'state', 'status', 'startTime', 'clientName'])
      expect(reasonOf(readNotification([group('JOB', missing(jobContent(), field))]))).toBe(`${field} is missing`);
    for (const field of ['backupId', 'operationId', 'createdTime', 'backupTime', 'clientName'])
      expect(reasonOf(readNotification([group('IMAGE', missing(imageContent(), field))]))).toBe(`${field} is missing`);
  });

  it('is read without its optional fields', () => {
    const { jobId, state, status, startTime, clientName } = jobContent();
    const [read] = readNotification([group('JOB', { jobId, state, status, startTime, clientName })]).entries;
    expect(read?.entry).toMatchObject({ policyName: '', policyType: '', jobType: '', scheduleType: '' });
    expect(read?.text).toBe(canonicalJson({ jobId, state, status, startTime, clientName }));
  });

  it('keeps unknown fields and unknown values of open sets as they were sent', () => {
    const sent = '{"attempt":12345678901234567890,"__proto__":[1],"nested":{"b":[],"a":null}}';
    const other = Object.entries(jobContent({ state: 'NEW_STATE', jobType: 'NEW TYPE', policyType: '' }));
    const text = `${sent.slice(0, -1)},${JSON.stringify(Object.fromEntries(other)).slice(1)}`;
    const [read] = readNotification([group('JOB', parseJson(text))]).entries;
    expect(read?.entry).toMatchObject({ state: 'NEW_STATE', jobType: 'NEW TYPE' });
    expect(read?.text).toBe(canonicalJson(parseJson(text)));
    for (const kept of ['"attempt":12345678901234567890', '"__proto__":[1]', '"nested":{"a":null,"b":[]}'])
      expect(read?.text).toContain(kept);
  });

  it('has no secrets in the fields that its key is made of', () => {
    const names = { clientName: '{"token":"SECRET"}', policyName: 'token=SECRET', state: 'Authorization: SECRET' };
    const { entries } = readNotification([
      group('JOB', jobContent(names)),
      group('IMAGE', imageContent({ backupId: names.policyName })),
    ]);
    expect(entries).toHaveLength(2);
    expect(JSON.stringify(entries)).not.toContain('SECRET');
    expect(entries.map(({ entry }) => entry)).toMatchObject([
      { clientName: '{"token":"[removed]"}', policyName: 'token=[removed]', state: 'Authorization:[removed]' },
      { backupId: 'token=[removed]' },
    ]);
  });

  it('that cannot be read is kept whole, with a reason that names the field but not its value', () => {
    const secret = 'SECRETVALUE'.repeat(60);
    const fields = ['jobId', 'state', 'status', 'startTime', 'clientName', 'policyName', 'policyType', 'parentJobId'];
    for (const field of fields) {
      for (const value of [secret, [secret], { [secret]: secret }, `${secret}\ud800`]) {
        const { unreadable } = job({ [field]: value });
        expect(unreadable[0]?.reason).toContain(field);
        expect(unreadable[0]?.reason).not.toContain('SECRET');
        expect(unreadable[0]?.text).toBe(canonicalJson(jobContent({ [field]: value })));
      }
    }
    expect(reasonOf(readNotification([{ object: 'JOB', data: secret }]))).toBe('data is not Array');
    expect(reasonOf(readNotification([group('JOB', secret)]))).toBe('it is not Object');
  });

  it('with several faults has a reason that names each', () => {
    expect(reasonOf(job({ jobId: 1.5, clientName: '' }))).toBe(
      'jobId is not an integer from 0 to 9007199254740991; clientName is not 1 to 512 bytes long',
    );
  });
});

describe('the fields around an entry', () => {
  const known = { version: '1.0' };
  const arounds = ({ entries }: ReturnType<typeof readNotification>) =>
    entries.map(({ around }) => around && JSON.parse(around));

  it('are not kept with it when they are as documented', () => {
    expect(arounds(readNotification([group('JOB', jobContent())], known))).toEqual([undefined]);
  });

  it('are kept with each entry of their group or message when they are not as documented', () => {
    const odd = { ...group('JOB', jobContent(), jobContent({ jobId: 2 })), notificationType: 'NEW', more: [1] };
    const { notificationType: _, ...bare } = group('IMAGE', imageContent());
    const read = readNotification([odd, bare, group('JOB', jobContent({ jobId: 3 }))], known);
    expect(read.unreadable).toEqual([]);
    const ofOdd = { group: { notificationType: 'NEW', more: [1] }, message: known };
    expect(arounds(read)).toEqual([ofOdd, ofOdd, { group: {}, message: known }, undefined]);
    const of = (message: object) => arounds(readNotification([group('JOB', jobContent())], { ...message }));
    expect(of({})).toEqual([{ group: { notificationType: 'INFO' }, message: {} }]);
    expect(of({ version: '1.1', timeStamp: '5' })).toEqual([
      { group: { notificationType: 'INFO' }, message: { version: '1.1', timeStamp: '5' } },
    ]);
  });

  it('of the message are kept with its entries though one group is empty, and left to it if all are', () => {
    const { entries, unreadable } = readNotification([group('IMAGE'), group('JOB', jobContent())], { version: '2.0' });
    expect([entries.length, unreadable]).toEqual([1, []]);
    expect(readNotification([group('IMAGE')], { version: '2.0' }).unreadable).toHaveLength(1);
  });

  it('keep every number exactly, and no secret', () => {
    const [entry] = readNotification(
      [{ ...group('JOB', jobContent()), n: parseJson('12345678901234567890'), token: 'SECRET' }],
      { note: 'token=SECRET' },
    ).entries;
    expect(entry?.around).toBe(
      '{"group":{"n":12345678901234567890,"notificationType":"INFO","token":"[removed]"},"message":{"note":"token=[removed]"}}',
    );
  });

  it('do not change the text of the entry', () => {
    const odd = { ...group('JOB', jobContent()), more: 1 };
    const [a, b] = readNotification([odd, group('JOB', jobContent())], known).entries;
    expect(a?.text).toBe(b?.text);
  });

  it('are kept up to 1,000 bytes; larger ones, and those that nest too deep, are left to the message', () => {
    const room = 1_000 - '{"group":{"notificationType":"INFO","x":""},"message":{"version":"1.0"}}'.length;
    const read = (x: unknown) =>
      readNotification([{ ...group('JOB', jobContent(), null), x }, group('JOB', jobContent())], known);
    const fits = read('x'.repeat(room));
    expect(fits.entries[0]?.around).toHaveLength(1_000);
    expect(fits.unreadable).toHaveLength(1);
    const reason = 'the unknown fields around the entries are too large';
    for (const x of ['x'.repeat(room + 1), '€'.repeat(room / 2), JSON.parse(`${'['.repeat(70)}${']'.repeat(70)}`)]) {
      const { entries, unreadable } = read(x);
      expect(arounds({ entries, unreadable })).toEqual([undefined, undefined]);
      expect(unreadable).toEqual([
        { reason: 'it is not Object', text: undefined },
        { reason, text: undefined },
      ]);
    }
  });

  it.each<[string, unknown, object]>([
    ['an entry that cannot be read', [{ ...group('JOB', null), more: 1 }], known],
    ['a group that cannot be read', [null, group('JOB', jobContent())], { version: '2.0' }],
    ['a payload that cannot be read', {}, { version: '2.0' }],
    ['a group without an entry', [{ ...group('JOB'), more: 1 }, group('JOB', jobContent())], known],
    ['a payload without a group', [], { version: '2.0' }],
  ])('are left to the message if they surround no entry: %s', (_, payload, message) => {
    expect(readNotification(payload, { ...message }).unreadable).toEqual([
      { reason: expect.any(String), text: undefined },
    ]);
  });
});

describe('reading a notification', () => {
  it('never throws, whatever its payload', () => {
    const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true });
    const nearly = fc.array(
      fc.record({
        object: fc.oneof(fc.constantFrom('JOB', 'IMAGE'), anything),
        data: fc.oneof(fc.array(anything), anything),
      }),
    );
    fc.assert(
      fc.property(fc.oneof(anything, nearly), (payload) => {
        const { entries, unreadable } = readNotification(payload);
        if (Array.isArray(payload) && payload.length > 0 && !('data' in Object(payload[0])))
          expect(entries.length + unreadable.length).toBeGreaterThan(0);
      }),
      { numRuns: 1_000 },
    );
  });

  it('survives 128 KB of brackets as payload, as group and in an entry', () => {
    const deep = parseJson(`${'['.repeat(65_000)}${']'.repeat(65_000)}`);
    for (const payload of [
      deep,
      [deep],
      [group('JOB', deep)],
      [group('IMAGE', imageContent({ more: deep }))],
      { deep },
    ]) {
      const { entries, unreadable } = readNotification(payload);
      expect(entries).toEqual([]);
      expect(unreadable.length).toBeGreaterThan(0);
      expect(unreadable.map(({ text }) => text)).toContain(undefined);
    }
  });
});

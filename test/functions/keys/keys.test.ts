import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FACT_INSERTED, INTENT_INSERTED } from '../../../functions/keys/filters.ts';
import {
  asideKey,
  imageFactKey,
  imagePartition,
  jobFactKey,
  jobPartition,
  operationRank,
  parseLedgerPartition,
  primaryOf,
  variantKey,
} from '../../../functions/keys/ledger.ts';
import {
  heldBySilence,
  imageRecordKey,
  intentKey,
  jobOfRun,
  jobRecordKey,
  leaseKey,
  messageKey,
  seriesRunKey,
  unprojectedKey,
} from '../../../functions/keys/records.ts';
import { connectionKey, endpointKey, silenceKey, tokenKey } from '../../../functions/keys/registry.ts';
import { exampleText, RECEIVED, unicode } from '../support.ts';

/** The first entry of an example. */
const entryOf = (file: string) => JSON.parse(exampleText(file)).payload[0].data[0];

describe('keys a person can read', () => {
  it('are, for the documented messages, what the functions say they are', () => {
    const active = entryOf('03-job-active.json');
    expect(jobFactKey('demo', active)).toEqual({ pk: 'job#demo#144', sk: '1459829674#ACTIVE#0' });
    expect(jobRecordKey('demo', active.jobId)).toEqual({ pk: 'job#demo#144', sk: 'job' });
    const deleted = entryOf('05-image-deleted.json');
    expect(imageFactKey('demo', deleted)).toEqual({
      pk: 'image#demo#localhost_1458601200',
      sk: '1459832492#4#DELETE',
    });
    expect(imageRecordKey('demo', deleted.backupId)).toEqual({ pk: 'image#demo#localhost_1458601200', sk: 'image' });
    const failed = entryOf('08-job-failed.json');
    expect(intentKey('demo', failed)).toEqual({ pk: 'job#demo#148', sk: 'intent#1459830500#DONE#156' });
  });

  it('of what is no fact say their kind first', () => {
    expect(asideKey('demo', RECEIVED, 'd19e57')).toEqual({ pk: 'aside#demo#2026-11-23T19', sk: 'd19e57' });
    expect(messageKey('1795462413034-8d0c')).toEqual({ pk: 'message#2026-11-23', sk: '1795462413034-8d0c' });
    expect(leaseKey('publisher')).toEqual({ pk: 'lease#publisher', sk: 'lease' });
    expect(unprojectedKey(RECEIVED, { pk: 'job#demo#144', sk: '1#DONE#0' })).toEqual({
      pk: 'unprojected#2026-11-23',
      sk: 'job%23demo%23144#1%23DONE%230',
    });
    expect(tokenKey('ab')).toEqual({ pk: 'token#ab', sk: 'token' });
    expect(endpointKey('demo')).toEqual({ pk: 'endpoint', sk: 'demo' });
    expect(connectionKey('c=')).toEqual({ pk: 'connection#c=', sk: 'connection' });
    expect(silenceKey('k3f9qd')).toEqual({ pk: 'silence', sk: 'k3f9qd' });
    expect(heldBySilence('k3f9qd')).toBe('silence#k3f9qd');
  });
});

describe('a ledger partition', () => {
  it('says whose it is, also where the key is so long that it ends in a digest', () => {
    for (const pk of [jobPartition('demo', 144), imagePartition('demo', 'ü#'.repeat(500))])
      expect(primaryOf(pk)).toBe('demo');
  });

  it('says what it is about, whatever the names are', () => {
    fc.assert(
      fc.property(unicode, unicode, fc.nat(), (primary, backupId, jobId) => {
        expect(parseLedgerPartition(jobPartition(primary, jobId))).toEqual({ kind: 'job', primary, jobId });
        expect(parseLedgerPartition(imagePartition(primary, backupId))).toEqual({ kind: 'image', primary, backupId });
      }),
    );
    expect(parseLedgerPartition(asideKey('demo', RECEIVED, 'd').pk)).toEqual({
      ...{ kind: 'aside', primary: 'demo', hour: '2026-11-23T19' },
    });
  });

  it.each(['', 'job', 'job#demo', 'job#demo#1#2', 'series#demo#x', imagePartition('demo', 'x'.repeat(1_001))])(
    'of no known kind or shortened is none: %s',
    (pk) => expect(parseLedgerPartition(pk)).toBeUndefined(),
  );

  it('is another for every job of every primary', () => {
    fc.assert(
      fc.property(unicode, unicode, fc.nat(), fc.nat(), (p, q, a, b) => {
        expect(jobPartition(p, a) === jobPartition(q, b)).toBe(p === q && a === b);
        expect(jobPartition(p, a)).not.toBe(imagePartition(p, String(a)));
      }),
    );
  });
});

it('the key of a run says whose run it is, however long the names in it are', () => {
  const primaries = fc.stringMatching(/^[a-z0-9-]{1,63}$/);
  const names = fc.oneof(unicode, fc.constant('#'.repeat(600)));
  fc.assert(
    fc.property(primaries, names, names, fc.nat(), (primary, clientName, policyName, jobId) => {
      const series = { primary, clientName, policyName, scheduleType: 'ST_FULL', jobType: 'BACKUP' };
      const key = seriesRunKey(series, RECEIVED, { jobId, startTime: 1, status: 0 });
      expect(jobOfRun(key)).toBe(jobPartition(primary, jobId));
    }),
  );
});

describe('the key of a fact', () => {
  const identity = fc.record({
    jobId: fc.constant(1),
    startTime: fc.integer({ min: 0, max: 9_999_999_999 }),
    state: unicode,
    status: fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }),
  });

  it('is the same for the same job fact and for no other', () => {
    fc.assert(
      fc.property(identity, identity, (a, b) => {
        const same = a.startTime === b.startTime && a.state === b.state && a.status === b.status;
        expect(jobFactKey('demo', a).sk === jobFactKey('demo', b).sk).toBe(same);
        expect(intentKey('demo', a).sk === intentKey('demo', b).sk).toBe(same);
      }),
    );
  });

  it('orders an image by second, then CREATE, UPDATE, NO_LOCAL_COPY_AVAILABLE, DELETE, unknown operations', () => {
    const operations = ['CREATE', 'UPDATE', 'NO_LOCAL_COPY_AVAILABLE', 'DELETE', 'AAA', 'toString'];
    const keys = [1, 20].flatMap((createdTime) =>
      operations.map((operationId) => imageFactKey('demo', { backupId: 'b', createdTime, operationId }).sk),
    );
    expect(keys.toSorted()).toEqual(keys);
    expect(operations.map(operationRank)).toEqual([1, 2, 3, 4, 5, 5]);
  });

  it('ends in the digest for a variant, in the same partition and right after the fact', () => {
    const fact = { pk: 'job#demo#144', sk: '1459829674#DONE#0' };
    expect(variantKey(fact, 'abc')).toEqual({ pk: 'job#demo#144', sk: '1459829674#DONE#0#~abc' });
  });
});

describe('a stream filter', () => {
  const wakes = (filter: { dynamodb: { Keys: object } }) => JSON.stringify(filter);

  it('lets facts of jobs and images and what was put aside through, new ones only', () => {
    expect(wakes(FACT_INSERTED)).toBe(
      '{"eventName":["INSERT"],"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"job#"},{"prefix":"image#"},{"prefix":"aside#"}]}}}}',
    );
  });

  it('lets intents through, new ones only', () => {
    expect(wakes(INTENT_INSERTED)).toBe(
      '{"eventName":["INSERT"],"dynamodb":{"Keys":{"sk":{"S":[{"prefix":"intent#"}]}}}}',
    );
  });
});

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

describe('the keys of items', () => {
  it('have the expected text for the documented messages', () => {
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

  it('begin with their kind where the item is not a fact', () => {
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
  it('names its primary, even if the key is so long that it ends in a digest', () => {
    for (const pk of [jobPartition('demo', 144), imagePartition('demo', 'ü#'.repeat(500))])
      expect(primaryOf(pk)).toBe('demo');
  });

  it('is parsed back into what it is about, whatever the names are', () => {
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
    'is not parsed if it is shortened or of no known kind: %s',
    (pk) => expect(parseLedgerPartition(pk)).toBeUndefined(),
  );

  it('differs for each job of each primary, and between jobs and images', () => {
    fc.assert(
      fc.property(unicode, unicode, fc.nat(), fc.nat(), (p, q, a, b) => {
        expect(jobPartition(p, a) === jobPartition(q, b)).toBe(p === q && a === b);
        expect(jobPartition(p, a)).not.toBe(imagePartition(p, String(a)));
      }),
    );
  });
});

it('finds the partition of the job in the key of a run, however long the names in it are', () => {
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

  it('sorts an image by second, then CREATE, UPDATE, NO_LOCAL_COPY_AVAILABLE, DELETE, unknown operations', () => {
    const operations = ['CREATE', 'UPDATE', 'NO_LOCAL_COPY_AVAILABLE', 'DELETE', 'AAA', 'toString'];
    const keys = [1, 20].flatMap((createdTime) =>
      operations.map((operationId) => imageFactKey('demo', { backupId: 'b', createdTime, operationId }).sk),
    );
    expect(keys.toSorted()).toEqual(keys);
    expect(operations.map(operationRank)).toEqual([1, 2, 3, 4, 5, 5]);
  });

  it('is extended by the digest for a variant, in the same partition', () => {
    const fact = { pk: 'job#demo#144', sk: '1459829674#DONE#0' };
    expect(variantKey(fact, 'abc')).toEqual({ pk: 'job#demo#144', sk: '1459829674#DONE#0#~abc' });
  });
});

describe('a stream filter', () => {
  const wakes = (filter: { dynamodb: { Keys: object } }) => JSON.stringify(filter);

  it('passes only new facts of jobs and images, and new put asides', () => {
    expect(wakes(FACT_INSERTED)).toBe(
      '{"eventName":["INSERT"],"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"job#"},{"prefix":"image#"},{"prefix":"aside#"}]}}}}',
    );
  });

  it('passes only new intents', () => {
    expect(wakes(INTENT_INSERTED)).toBe(
      '{"eventName":["INSERT"],"dynamodb":{"Keys":{"sk":{"S":[{"prefix":"intent#"}]}}}}',
    );
  });
});

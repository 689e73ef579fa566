import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { imageRecordKey } from '../../functions/keys/records.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { createDeletions } from '../../functions/registry/deletions.ts';
import { createFeeds } from '../../functions/registry/feeds.ts';
import { createOverdues } from '../../functions/registry/overdues.ts';
import { REGION } from '../../local/environment.ts';
import { factOf, image } from '../functions/questions/received.ts';
import { commandLine, startNbwatch } from './nbwatch.ts';

const PERSON = { accessKeyId: 'person', secretAccessKey: 'local' };

describe('nbwatch status', () => {
  it('exits with 0 while all is well; otherwise names each problem and the next step, and exits with 4', async () => {
    const test = await startNbwatch();
    const registry = test.run.deployment.outputs.RegistryTable ?? '';
    const feed = { endpoint: 'demo', primary: 'demo', aliveAt: 0 };
    // Left by an earlier endpoint of this name, which was revoked.
    await createFeeds(test.run.dynamodb, registry).put({ ...feed, lostFrom: Date.parse('2026-11-01T00:00Z') });
    const quiet = await test.nbwatch('status');
    expect(quiet).toMatchObject({ code: 0, err: '' });
    expect(quiet.out).toMatch(/^feeds +ok +no primary server has connected yet; 1 endpoint never used$/m);
    expect(quiet.out).not.toContain('What to do next');

    await test.play('08-job-failed.json');
    const sender = test.primary();
    await sender.start();
    await sender.notify([{ notificationType: 'INFO', object: 'ODD', data: [] }]);
    await sender.stop();
    await createFeeds(test.run.dynamodb, registry).put({ ...feed, lostFrom: Date.now() });
    const late = { client: 'sql01', policy: 'nightly', rule: 'declared' as const, limit: 1, lastUsableAt: 0, since: 0 };
    const overdue = { primary: 'demo', ...late, openedAt: 1, reminder: 0, toldAt: 1 };
    await createOverdues(test.run.dynamodb, registry).put(overdue);
    const toldAt = Date.now() - 60_000;
    const vanished = { primary: 'demo', toldAt, since: toldAt, until: toldAt, images: 30, nothingLeft: 0, clients: [] };
    await createDeletions(test.run.dynamodb, registry).saveTold(vanished);

    const { code, out } = await test.nbwatch('status');
    expect(code).toBe(4);
    expect(out).toMatch(/^images +attention +images of a primary server vanished in the last day$/m);
    expect(out).toMatch(/^feeds +attention +1 of 1 lost: demo through demo since 20/m);
    expect(out).toMatch(/^backups +attention +1 overdue, 1 failing$/m);
    expect(out).toMatch(/^received +attention +in the last day 1 put aside, 0 not projected$/m);
    expect(out).toContain('\n  npx nbwatch endpoint show demo\n');
    expect(out).toContain('\n  npx nbwatch series --failing\n');
    const dismissal = {
      id: 'd1',
      primary: 'demo',
      reason: 'r',
      createdAt: Date.now() - 1,
      until: Date.now() + 3_600_000,
      clients: [],
    };
    await createDeletions(test.run.dynamodb, registry).dismiss(dismissal);
    expect((await test.nbwatch('status')).out).toMatch(
      /^images +ok +what vanished in the last day is dismissed; 1 dismissal in force$/m,
    );
    const found = await test.json('status');
    expect(found.map(({ check, state }) => [check, state])).toContainEqual(['feeds', 'attention']);
    expect(found.find(({ check }) => check === 'backups')?.found).toMatchObject([
      { client: 'sql01' },
      { clientName: 'DummyTestVM' },
    ]);
    expect(out).toMatch(/^projection +ok +up to date, nothing was given up$/m);

    // A batch that the streams gave up, then a fact that is not projected.
    const { LedgerTable = '', RecordsTable = '', GivenUpBucket = '' } = test.run.deployment.outputs;
    const s3 = new S3Client({ endpoint: test.run.awsUrl, region: REGION, credentials: PERSON, forcePathStyle: true });
    onTestFinished(() => s3.destroy());
    await s3.send(new PutObjectCommand({ Bucket: GivenUpBucket, Key: 'aws/lambda/a/b/c', Body: '{}' }));
    expect((await test.nbwatch('status')).out).toMatch(
      /^projection +attention +after a day of failures, 1 batch was given up$/m,
    );
    const unread = factOf({ ...image('23T04:00', 'late_1', 'CREATE'), at: Date.now() - 600_000 });
    await createLedger(test.run.dynamodb, LedgerTable).append([unread], new AbortController().signal);
    await test.run.idle();
    await test.run.dynamodb.send(
      new DeleteItemCommand({ TableName: RecordsTable, Key: marshall(imageRecordKey('demo', 'late_1')) }),
    );
    const lagging = await test.nbwatch('status');
    expect(lagging.out).toMatch(
      /^projection +attention +records lag behind the ledger: demo reported image late_1 at 20.* UTC, and its record does not show it yet$/m,
    );
    expect(await test.nbwatch('status', '--primary', 'nobody')).toMatchObject({ code: 3 });
  });
});

describe('nbwatch simulate', () => {
  it('lists scenarios, and plays one without a run', async () => {
    const nbwatch = commandLine();
    expect((await nbwatch('simulate')).out).toMatch(/^dead-primary +3 FeedLost, 1 FeedRestored {2}/m);
    expect(await nbwatch('simulate', 'nothing')).toMatchObject({ code: 3, out: '' });
    const { code, out } = await nbwatch('simulate', 'never-connected');
    expect(code).toBe(0);
    expect(out).toContain('day   1 00:00        planned was never set up; gone is revoked');
    expect(out).toMatch(/As expected: no messages\.\n$/);
  });
});

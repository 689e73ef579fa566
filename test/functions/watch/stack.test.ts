import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, it, onTestFinished, vi } from 'vitest';
import { seriesKey } from '../../../functions/keys/records.ts';
import { runItem } from '../../../functions/records/series.ts';
import { createSeriesStore } from '../../../functions/records/series-store.ts';
import { createExpectations } from '../../../functions/registry/expectations.ts';
import { putIfAbsent } from '../../../functions/store/items.ts';
import { watchOverdue } from '../../../functions/watch/overdue-watch.ts';
import { subscriberOf } from '../../../functions/watch/subscriber.ts';
import { REGION } from '../../../local/environment.ts';
import { changedAssembly, resourceOf, setVariable } from '../../support/changed-assembly.ts';
import { readExample } from '../../support/examples.ts';
import { unusedPermissions } from '../../support/permissions.ts';
import { startTestRun } from '../../support/test-run.ts';
import { logged } from './support.ts';
import { watchAt } from './watch-at.ts';

it('in the stack, watch does its duties with its own role and settings, and only listed permissions are unused', async () => {
  const test = await startTestRun({
    assembly: changedAssembly((template) => {
      template.Resources.ToAnna = {
        Type: 'AWS::SNS::Subscription',
        Properties: {
          TopicArn: { Ref: resourceOf(template, 'AWS::SNS::Topic', 'Alerts').id },
          ...{ Protocol: 'email', Endpoint: 'anna@example.com', FilterPolicy: { severity: ['critical'] } },
        },
      };
      const subscribers = ['anna@example.com', 'berta@example.com'].map((address) => subscriberOf('email', address));
      setVariable(template, 'Watch', 'ALERT_SUBSCRIBERS', JSON.stringify(subscribers));
    }),
  });
  const primary = test.primary();
  await primary.start();
  for (const file of ['07-job-and-images.json', '08-job-failed.json']) await primary.notify(readExample(file).payload);
  await test.run.idle();
  // Backups that did not run while the primary was heard.
  const { dynamodb, deployment } = test.run;
  const { RecordsTable = '', RegistryTable = '' } = deployment.outputs;
  const names = { clientName: 'old01', policyName: 'Nightly', scheduleType: 'ST_FULL', jobType: 'BACKUP' };
  const runs = [11, 12, 13, 14, 15, 16].map((day) => ({
    ...{ ...names, primary: 'demo', policyType: 'STANDARD', jobId: day, startTime: day, status: 0, messageTime: day },
    receivedAt: Date.now() - day * 86_400_000,
  }));
  for (const one of runs) await putIfAbsent(dynamodb, RecordsTable, runItem(one));
  await createSeriesStore(dynamodb, RecordsTable).refold(seriesKey({ ...names, primary: 'demo' }).pk);
  const expectations = createExpectations(dynamodb, RegistryTable);
  const declared = { primary: 'demo', client: 'new01', policy: 'Nightly' };
  await expectations.declare(declared, 3_600_000, Date.now() - 7_200_000);
  // Its endpoint is new: time counts only from its creation.
  const later = Date.now() + 4 * 86_400_000;
  await watchAt(test, later, watchOverdue);
  await expectations.remove(declared);
  await watchAt(test, later + 3_600_000, watchOverdue);
  const overdue = (await test.items('RecordsTable')).filter(({ sk }) => String(sk).startsWith('intent#BackupOverdue'));
  expect(overdue).toMatchObject([{ backups: [{ client: 'old01' }, { client: 'new01' }] }]);
  expect((await test.items('RegistryTable')).filter(({ pk }) => pk === 'overdue#demo')).toHaveLength(1);

  // The day that contains all of this ends at the next 08:00 (settings: zone UTC, hour 8). The watch runs three hours
  // later: whatever the time of day, the connection is then older than the gateway allows.
  const eight = new Date().setUTCHours(8, 0, 0, 0);
  const until = eight > Date.now() ? eight : eight + 86_400_000;
  const s3 = new S3Client({
    ...{ endpoint: test.run.awsUrl, region: REGION, forcePathStyle: true },
    credentials: { accessKeyId: 'person', secretAccessKey: 'local' },
  });
  onTestFinished(() => s3.destroy());
  for (const Key of ['aws/lambda/a b/c', 'aws/lambda/d', 'of/somebody/else'])
    await s3.send(new PutObjectCommand({ Bucket: deployment.outputs.GivenUpBucket, Key, Body: '{}' }));
  const [warned, info] = [logged('warn'), logged('info')];
  await watchAt(test, until + 187 * 60_000);
  vi.restoreAllMocks();
  expect(warned.map(([, fields]) => fields)).toContainEqual({ unconfirmed: [], gone: ['email b***@example.com'] });
  expect(info.map(([, fields]) => fields)).toContainEqual(
    expect.objectContaining({
      Connections: expect.any(Number),
      SubscriptionsMissing: 1,
      GivenUp: 2,
      PendingIntents: expect.any(Number),
    }),
  );
  // If a minute begins meanwhile, the schedule wakes watch too, and it may sum up the day before.
  const summaries = (await test.items('RecordsTable')).filter(({ kind }) => kind === 'DailySummary');
  expect(summaries.filter((one) => one.until === until)).toMatchObject([
    { primaries: [{ primary: 'demo', failed: 1, seriesFailing: 1 }] },
  ]);
  // The primary was last heard hours before that time.
  expect((await test.items('RegistryTable')).filter(({ pk }) => pk === 'feed')).toMatchObject([{ endpoint: 'demo' }]);
  const lost = (await test.items('RecordsTable')).filter(({ sk }) => String(sk).startsWith('intent#FeedLost'));
  expect(lost).toMatchObject([{ endpoint: 'demo', reminder: 0 }]);
  expect(test.troubles).toEqual([]);
  // Watch reads the state of the publisher only while an intent waits, and none may wait any more.
  const unused = unusedPermissions(test.run, 'Watch').filter((one) => one !== 'GetItem StoresRecords state#publisher');
  // Other tests use these: for a restored feed, several connections, vanishing images, a series that the index missed
  // and a certificate.
  expect(unused).toEqual([
    'PutItem StoresRegistry gap#*',
    'UpdateItem StoresRegistry connection#*',
    'Query StoresRegistry deletions',
    'Query StoresRegistry dismissal',
    'PutItem StoresRegistry deletions',
    'Query StoresRecords/index/byClient',
    'GetItem StoresRecords series#*',
    'GetItem StoresRegistry certificate',
    'PutItem StoresRegistry certificate',
    'execute-api:ManageConnections gatewayapi4edf2151/nbwss/GET/@connections/*',
  ]);
});

import { expect, it } from 'vitest';
import { times } from '../../../client/times.ts';
import { startTestRun } from '../../support/test-run.ts';

/** A run of job 7. Many runs are many facts, but one record. */
const entry = (startTime: number) => ({
  ...{ jobId: 7, parentJobId: 7, state: 'DONE', status: 0, startTime, clientName: 'c', policyName: '' },
  ...{ policyType: 'STANDARD', jobType: 'RESTORE', scheduleType: '' },
});

it('a message of nearly 128 KB, in frames as NetBackup sends them, is stored whole and acknowledged', async () => {
  const test = await startTestRun();
  // A machine slower than AWS needs several tries, of which each gets further. The primary server sends the message
  // again soon after a try has passed its deadline.
  const primary = test.primary({ times: { ...times(), resendAfter: 2_000 } });
  await primary.start();
  const count = Math.floor((128 * 1024 - 500) / (JSON.stringify(entry(1_000)).length + 1));
  const data = Array.from({ length: count }, (_, index) => entry(1_000 + index));
  const payload = [{ notificationType: 'INFO', object: 'JOB', data }];
  expect(JSON.stringify(payload).length).toBeGreaterThan(127 * 1024);
  await primary.notify(payload);
  await test.run.idle();
  expect(await test.items('LedgerTable')).toHaveLength(count);
  const [job] = (await test.items('RecordsTable')).filter(({ sk }) => sk === 'job');
  expect(job).toMatchObject({ facts: count, runs: Array(count).fill({ state: 'DONE', status: 0 }) });
  expect(test.frames.filter(({ madeByGateway }) => madeByGateway)).toEqual([]);
}, 90_000);

import { expect, it } from 'vitest';
import { startTestRun } from '../../support/test-run.ts';

const entry = (jobId: number) => ({
  ...{ jobId, parentJobId: jobId, state: 'DONE', status: 0, startTime: 1_459_830_500, clientName: 'c', policyName: '' },
  ...{ policyType: 'STANDARD', jobType: 'RESTORE', scheduleType: '' },
});

it('a message of nearly 128 KB, in frames as NetBackup sends them, is acknowledged after few arrivals', async () => {
  const test = await startTestRun();
  const primary = test.primary();
  await primary.start();
  const count = Math.floor((128 * 1024 - 500) / (JSON.stringify(entry(1_000)).length + 1));
  const data = Array.from({ length: count }, (_, index) => entry(1_000 + index));
  const payload = [{ notificationType: 'INFO', object: 'JOB', data }];
  expect(JSON.stringify(payload).length).toBeGreaterThan(127 * 1024);
  const { attempts } = await primary.notify(payload);
  // A slow machine may need more arrivals than AWS; each gets further, so few are enough.
  expect(attempts).toBeLessThanOrEqual(8);
  await test.run.idle();
  expect(await test.items('LedgerTable')).toHaveLength(count);
  expect((await test.items('RecordsTable')).filter(({ sk }) => sk === 'job')).toHaveLength(count);
  expect(test.frames.filter(({ madeByGateway }) => madeByGateway)).toEqual([]);
}, 90_000);

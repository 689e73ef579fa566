import { expect, it } from 'vitest';
import type { Item } from '../../functions/store/items.ts';
import { DOCUMENTED, readExample } from '../support/examples.ts';
import { load } from './ingest/loaded.ts';
import { request } from './ingest/ports.ts';

/** 0.3 KB. */
const MOST = 307;

/** As the gateway makes them. */
const requestIdOf = (n: number) => `${String(n).padStart(15, 'JKJaXmPLvHcESHA')}=`;

/** The content of a message, of other jobs and images each time. */
function fresh(data: Record<string, unknown>, n: number): Record<string, unknown> {
  const { jobId, backupId } = data;
  return {
    ...data,
    ...(typeof jobId === 'number' && { jobId: jobId + n * 1_000 }),
    ...(typeof backupId === 'string' && { backupId: `${backupId}${n}` }),
  };
}

it('a documented notification costs 307 bytes of log at most, with all that its facts cost behind the stream', async () => {
  const { send, token, register, facts, lines } = await load({
    ...{ POWERTOOLS_SERVICE_NAME: 'Nbwatch', RECORDS_TABLE: 'Records', IMAGE_RECORD_DAYS: '2557' },
  });
  const { handler: project } = await import('../../functions/projection/handler.ts');
  await register();
  await send(request('CONNECT', { token }));
  const taken = () => lines.splice(0).join('').trim().split('\n').filter(Boolean);
  taken();
  const known = new Set<unknown>();
  const said: string[] = [];
  let notifications = 0;
  for (let n = 0; n < 6; n++) {
    for (const file of DOCUMENTED) {
      notifications += 1;
      const payload = readExample(file).payload.map((group) => ({
        ...group,
        data: group.data.map((one) => fresh(one, n)),
      }));
      await send(request('NOTIFICATION', payload), { requestId: requestIdOf(notifications) });
      const [line = '', ...others] = taken();
      expect(others).toEqual([]);
      expect(JSON.parse(line)).toMatchObject({
        message: 'stored',
        requestId: requestIdOf(notifications),
        primary: 'demo',
      });
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(MOST);
      const arrived = (await facts()).filter(({ pk, sk }) => !known.has(`${pk} ${sk}`));
      for (const { pk, sk } of arrived) known.add(`${pk} ${sk}`);
      expect(arrived).not.toEqual([]);
      await Reflect.apply(project, undefined, [
        { Records: arrived.map(inserted) },
        { getRemainingTimeInMillis: () => 60_000 },
      ]);
      said.push(line, ...taken());
    }
  }
  const total = said.reduce((bytes, line) => bytes + Buffer.byteLength(line), 0);
  expect(total / notifications).toBeLessThanOrEqual(MOST);
});

const inserted = ({ pk, sk }: Item) => ({
  eventName: 'INSERT',
  dynamodb: { Keys: { pk: { S: pk }, sk: { S: sk } }, SequenceNumber: '1' },
});

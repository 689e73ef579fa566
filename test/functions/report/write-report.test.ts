import { expect, it } from 'vitest';
import type { EndpointState } from '../../../functions/registry/endpoint.ts';
import { writeReport } from '../../../functions/report/write-report.ts';
import { endpointOf } from '../watch/support.ts';
import { asked, DAY, each } from './asked.ts';

const DUE = Date.parse('2026-11-24T06:00Z');
/** When the range of the daily report begins. */
const FROM = DUE - 30 * DAY;

/** The primary servers that the daily report covers; undefined if none is written. */
async function reported(...endpoints: EndpointState[]): Promise<string[] | undefined> {
  const objects: string[] = [];
  const wishes: object[] = [];
  await writeReport({
    questions: () => asked({ endpoints: () => each(...endpoints) }),
    records: { read: async () => undefined, writeOnce: async (item) => void wishes.push(item) as undefined },
    put: async (_, type, body) => void (type === 'application/json' && objects.push(body)),
    ...{ bucket: 'reports', region: 'eu-central-1', zone: 'UTC', reportHour: 6, youngPercent: 50 },
    now: () => DUE + 600_000,
  });
  expect(wishes).toHaveLength(objects.length);
  return objects.map((text) => JSON.parse(text).primaries)[0];
}

it('the daily report covers each primary server that had an endpoint in its range, but not the canary', async () => {
  const revoked = (primary: string, revokedAt: number) => endpointOf(primary, { revokedAt });
  const all = [endpointOf('demo'), endpointOf('canary'), revoked('gone', FROM), revoked('left', FROM + 1)];
  expect(await reported(...all)).toEqual(['demo', 'left']);
});

it('no report is written or announced if no primary server had an endpoint in its range', async () => {
  expect(await reported(endpointOf('canary'), endpointOf('gone', { revokedAt: FROM }))).toBeUndefined();
});

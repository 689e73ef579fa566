import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Traffic, TrafficOptions } from '../../client/traffic/delivery.ts';
import { TRAFFIC } from '../../client/traffic/kinds.ts';
import { MAX_ENTRIES } from '../../client/traffic/report.ts';
import { statusCode } from '../../functions/alerts/status-code.ts';
import type { ImageEntry } from '../../functions/nbwss/image.ts';
import type { JobEntry } from '../../functions/nbwss/job.ts';
import { readNotification } from '../../functions/nbwss/notification.ts';

const ENDS_AT = Date.UTC(2026, 10, 24, 6) / 1000;
const FIRST_JOB = 1_000;
const AHEAD_SECONDS = 5 * 3_600;

const options = fc.record({
  clients: fc.integer({ min: 1, max: 60 }),
  policies: fc.integer({ min: 1, max: 15 }),
  fail: fc.constantFrom(0, 0.03, 0.5, 1),
  seed: fc.nat(),
  firstJob: fc.constant(FIRST_JOB),
  endsAt: fc.constant(ENDS_AT),
});

const make = (name: string, given: TrafficOptions): Traffic => {
  const kind = TRAFFIC.find((one) => one.name === name);
  if (!kind) throw new Error(`no traffic ${name}`);
  return kind.make(given);
};

/** The jobs and images that the functions read from it, in the order in which they are sent. */
function read({ deliveries }: Traffic) {
  const entries = deliveries.flatMap(({ payload }) => readNotification(payload).entries);
  return {
    jobs: entries.flatMap((one): JobEntry[] => (one.object === 'JOB' ? [one.entry] : [])),
    images: entries.flatMap((one): ImageEntry[] => (one.object === 'IMAGE' ? [one.entry] : [])),
  };
}
const failed = ({ state, status }: JobEntry) => state === 'DONE' && status > 1;

test.for(TRAFFIC.map(({ name }) => name))(
  '%s: the same options give the same traffic, and every message is readable and small enough',
  (name) => {
    fc.assert(
      fc.property(options, (given) => {
        const traffic = make(name, given);
        expect(make(name, given)).toEqual(traffic);
        const ats = traffic.deliveries.map(({ at }) => at);
        expect(ats).toEqual(ats.toSorted((a, b) => a - b));
        expect(ats.every((at) => at >= 0 && at <= traffic.ms)).toBe(true);
        for (const { payload } of traffic.deliveries) {
          const { entries, unreadable } = readNotification(payload);
          // A poll sees only the last of the states that a job has had since the poll before.
          const ids = entries.flatMap((one) => (one.object === 'JOB' ? [one.entry.jobId] : []));
          expect(new Set(ids).size).toBe(ids.length);
          expect(unreadable).toEqual([]);
          expect(entries.length).toBe(payload.flatMap(({ data }) => data).length);
          expect(entries.length).toBeGreaterThan(0);
          expect(entries.length).toBeLessThanOrEqual(MAX_ENTRIES);
          expect(JSON.stringify(payload).length).toBeLessThan(64 * 1024);
        }
        const { jobs } = read(traffic);
        expect(jobs.filter(({ status }) => !statusCode(status))).toEqual([]);
      }),
      { numRuns: 8 },
    );
  },
);

test.for(['night', 'outage', 'storm', 'ransom', 'reconnects'])(
  '%s: each message has an id of its own, whatever the seed',
  (name) => {
    fc.assert(
      fc.property(options, (given) => {
        const ids = make(name, given).deliveries.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        // A later run of the same seed sends other messages about other jobs.
        const later = make(name, { ...given, firstJob: FIRST_JOB + 5_000 }).deliveries.map(({ id }) => id);
        expect(new Set([...ids, ...later]).size).toBe(2 * ids.length);
      }),
      { numRuns: 10 },
    );
  },
);

test('a night has a backup of each client, and exactly the given share of them fails', () => {
  fc.assert(
    fc.property(options, (given) => {
      const { jobs } = read(make('night', given));
      const backups = jobs.filter(({ jobType, clientName }) => jobType === 'BACKUP' && clientName !== 'vm-backup-host');
      expect(new Set(backups.map(({ clientName }) => clientName)).size).toBe(given.clients);
      expect(jobs.filter(failed).length).toBe(Math.round(given.clients * given.fail));
      expect(new Set(backups.map(({ policyName }) => policyName)).size).toBe(Math.min(given.clients, given.policies));
    }),
  );
});

test('a job goes from QUEUED to DONE, has one start time by a clock that runs ahead, and its parent exists', () => {
  fc.assert(
    fc.property(options, fc.constantFrom('night', 'outage', 'storm'), (given, name) => {
      const { jobs } = read(make(name, given));
      const byId = Map.groupBy(jobs, ({ jobId }) => jobId);
      const order = ['QUEUED', 'ACTIVE', 'DONE'];
      for (const [jobId, states] of byId) {
        const places = states.map(({ state }) => order.indexOf(state));
        expect(places).toEqual([...new Set(places)].sort());
        expect(states.at(-1)?.state).toBe('DONE');
        const starts = states.filter(({ state }) => state !== 'QUEUED').map(({ startTime }) => startTime);
        expect(new Set(starts).size).toBe(1);
        expect(Math.abs((starts[0] ?? 0) - AHEAD_SECONDS - ENDS_AT)).toBeLessThanOrEqual(8 * 3_600);
        expect(byId.has(states[0]?.parentJobId ?? 0)).toBe(true);
        expect(jobId).toBeGreaterThanOrEqual(FIRST_JOB);
      }
    }),
    { numRuns: 20 },
  );
});

test('every usable backup makes an image, and no other does', () => {
  fc.assert(
    fc.property(options, fc.constantFrom('night', 'outage', 'storm'), (given, name) => {
      const { jobs, images } = read(make(name, given));
      const usable = jobs.filter(
        ({ jobType, state, status, clientName }) =>
          jobType === 'BACKUP' && state === 'DONE' && status <= 1 && clientName !== 'vm-backup-host',
      );
      const expected = usable.map(({ clientName, startTime }) => `${clientName}_${startTime - AHEAD_SECONDS}`);
      const young = images.filter(({ backupTime }) => backupTime > ENDS_AT - 86_400);
      expect(new Set(young.map(({ backupId }) => backupId))).toEqual(new Set(expected));
    }),
    { numRuns: 20 },
  );
});

test('in an outage most jobs that end while the storage is away fail, and few others', () => {
  const given = { clients: 400, policies: 12, fail: 0.03, seed: 7, firstJob: FIRST_JOB, endsAt: ENDS_AT };
  const traffic = make('outage', given);
  const during = read({
    ...traffic,
    deliveries: traffic.deliveries.filter(({ at }) => at > 45 * 60_000 && at < 75 * 60_000),
  });
  const done = during.jobs.filter(({ state }) => state === 'DONE');
  expect(done.filter(failed).length / done.length).toBeGreaterThan(0.7);
  const all = read(traffic).jobs.filter(failed).length;
  expect(all - done.filter(failed).length).toBeLessThan(60);
});

test('a storm reports all its failures within two polls', () => {
  const given = { clients: 2_000, policies: 12, fail: 1, seed: 1, firstJob: FIRST_JOB, endsAt: ENDS_AT };
  const { deliveries } = make('storm', given);
  const withFailures = deliveries.filter((delivery) => read({ deliveries: [delivery], ms: 0 }).jobs.some(failed));
  expect(new Set(withFailures.map(({ at }) => at)).size).toBe(2);
  expect(read({ deliveries, ms: 0 }).jobs.filter(failed)).toHaveLength(2_000);
});

test('resends repeat every message of the night, and nothing else', () => {
  fc.assert(
    fc.property(options, (given) => {
      const night = make('night', given).deliveries.map(({ payload }) => JSON.stringify(payload));
      const counts = Map.groupBy(make('resends', given).deliveries, ({ payload }) => JSON.stringify(payload));
      expect(new Set(counts.keys())).toEqual(new Set(night));
      for (const copies of counts.values()) expect(copies.length).toBeGreaterThanOrEqual(2);
    }),
    { numRuns: 10 },
  );
});

test('ransom deletes images of every client, the newest first', () => {
  fc.assert(
    fc.property(options, (given) => {
      const gone = read(make('ransom', given)).images.filter(({ operationId }) => operationId === 'DELETE');
      const times = gone.map(({ backupTime }) => backupTime);
      expect(times).toEqual(times.toSorted((a, b) => b - a));
      expect(new Set(gone.map(({ clientName }) => clientName)).size).toBe(given.clients);
    }),
    { numRuns: 10 },
  );
});

import { expect, it } from 'vitest';
import { describeReport, reportOf, type Soaked } from '../../soak/report.ts';
import type { Samples } from '../../soak/sample.ts';

const OPTIONS = { minutes: 1, rate: 10, connections: 2, json: undefined, log: undefined, help: false };
const READ = { facts: 9, failures: 1, told: 1, pending: 0, missingFacts: [], missingFailures: [], odd: [] };
const COUNTS = { sent: 20, acknowledged: 20, resends: 0, accepted: 0, undecodable: 0 };

/** A minute in which the memory of two processes grows by so many MB. */
function soaked(grows: { run?: number; database?: number }, more: Partial<Soaked> = {}): Soaked {
  const samples = Array.from({ length: 30 }, (_, index): Samples => {
    const grown = (mb = 0) => ({ memory: 100 + (mb * index) / 30, sockets: 9, handles: 9 });
    const processes = { run: grown(grows.run), 'DynamoDB Local': grown(grows.database) };
    return { at: 2 * index, processes, window: { ...COUNTS, latency: { p50: 9, p95: 20, max: 30 } } };
  });
  return { begun: '2026-11-27T17:00:00', seconds: 60, samples, unacknowledged: [], readBack: READ, ...more };
}

const judged = (...given: Parameters<typeof soaked>) => {
  const report = reportOf(soaked(...given), OPTIONS);
  return { flat: report.flat, whole: report.whole, text: describeReport(report) };
};

it('is flat and whole if nothing grows and nothing is lost', () => {
  const { text, ...rest } = judged({});
  expect(rest).toEqual({ flat: true, whole: true });
  expect(text).toContain('600 sent, 600 acknowledged');
  expect(text).toContain('Flat: nothing goes on growing');
});

it('names what grows, and is flat only if that is the memory of DynamoDB Local', () => {
  expect(judged({ run: 100 })).toMatchObject({
    flat: false,
    whole: true,
    text: expect.stringContaining('Not flat: memory of run.'),
  });
  expect(judged({ database: 900 })).toMatchObject({
    flat: true,
    text: expect.stringContaining('grows with its data'),
  });
});

it('names a single step, and is flat all the same', () => {
  const sound = soaked({});
  const samples = sound.samples.map((sample): Samples => {
    const { run, ...others } = sample.processes;
    const memory = sample.at < 45 ? 100 : 200;
    return { ...sample, processes: { run: { ...run, memory }, ...others } };
  });
  const { flat, text } = judged({}, { samples });
  expect(flat).toBe(true);
  expect(text).toMatch(/run +memory, MB +100 +200 .*flat but for a step/);
});

it.each<[string, Partial<Soaked>, string]>([
  ['not acknowledged', { unacknowledged: ['night 1, notification 7 of 400'] }, 'notification 7 of 400'],
  ['not in the ledger', { readBack: { ...READ, missingFacts: ['job#demo#7 1#DONE#0'] } }, 'job#demo#7 1#DONE#0'],
  ['in no alert', { readBack: { ...READ, missingFailures: ['job#demo#8 intent'] } }, 'job#demo#8 intent'],
  ['projected twice', { readBack: { ...READ, odd: [4711] } }, '4711'],
  ['cut short', { broken: 'the client ended, with SIGKILL' }, 'the client ended, with SIGKILL'],
])('is not whole if something is %s, and names it', (_, more, named) => {
  expect(judged({}, more)).toMatchObject({ whole: false, text: expect.stringContaining(named) });
});

it('is not flat without samples', () => {
  const { flat, text } = judged({}, { samples: [], broken: 'the one-machine run ended, with exit code 1' });
  expect(flat).toBe(false);
  expect(text).toContain('Too short to tell');
});

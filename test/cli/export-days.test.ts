import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Asked, allRows, sharesOf, type Written, writeShares } from '../../cli/export/days.ts';
import { openFolder } from '../../cli/export/folder.ts';
import { IMAGES, JOBS, type Kind } from '../../cli/export/kind.ts';
import { startProgress } from '../../cli/export/progress.ts';
import { all, at, factOf, image, job, NOW, testTables } from '../functions/questions/received.ts';

const HOUR_MS = 3_600_000;

function newFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'nbwatch-export-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Two primary servers with jobs and images on three days, and the options to export them as the command does. */
async function startTwoPrimaries() {
  const { tables, receive, store } = await testTables();
  await receive(job('21T23:59:59.999', 1), job('22T00:00', 2), job('22T01:00', 3, {}, 'dr'), job('23T12:00', 4));
  await receive(image('21T12:00', 'a_1', 'CREATE'), image('22T12:00', 'a_1', 'DELETE'));
  await receive(image('22T13:00', 'b_1', 'CREATE', { clientName: 'web01' }, 'dr'));
  const asked = { tables, primaries: ['demo', 'dr'], range: { from: at('21T00:00'), to: at('23T23:00') } };
  const rest = { only: {}, now: NOW, signal: new AbortController().signal };
  return {
    tables,
    receive,
    store,
    ask: <T>(kind: Kind<T>, more: Partial<Asked<T>> = {}): Asked<T> => ({ kind, ...asked, ...rest, ...more }),
  };
}

async function exportTo<T>(path: string, asked: Asked<T>, again = false): Promise<Written> {
  const folder = openFolder(path, 'jsonl', {});
  const shares = sharesOf(asked).filter((share) => again || !folder.has(share));
  const written = { files: 0, unfinished: 0 };
  await writeShares(shares, asked, folder, 'jsonl', startProgress(shares.length, undefined), written);
  return written;
}

/** Every file of a folder, hidden ones too, with its content. */
function filesIn(path: string): Record<string, string> {
  const names = [...globSync('day=*/*', { cwd: path }), ...globSync('day=*/.*', { cwd: path })];
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(path, name), 'utf8')]));
}

const idsIn = (path: string) =>
  Object.fromEntries(
    Object.entries(filesIn(path)).map(([name, text]) => [
      name.replace('day=2026-11-', '').replace('.jsonl', ''),
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line).jobId),
    ]),
  );

describe('an export into a folder', () => {
  it('has a file for each primary server and day, each job in the file of its day, and no expired job', async () => {
    const { ask, store } = await startTwoPrimaries();
    await store(factOf(job('22T02:00', 5), 2));
    const path = newFolder();
    const whole = { '21/demo': [1], '21/dr': [], '22/demo': [2, 5], '22/dr': [3], '23/demo': [4], '23/dr': [] };
    await exportTo(path, ask(JOBS, { now: at('24T01:59:59.999') }));
    expect(idsIn(path)).toEqual(whole);
    await exportTo(path, ask(JOBS, { now: at('24T02:00') }), true);
    expect(idsIn(path)).toEqual({ ...whole, '22/demo': [2] });
  });

  it('leaves the files of days that are over, and writes a day again until an hour after its end', async () => {
    const { ask, receive } = await startTwoPrimaries();
    const path = newFolder();
    const at23 = { now: at('23T20:00') };
    expect(await exportTo(path, ask(JOBS, at23))).toEqual({ files: 6, unfinished: 2 });
    expect(idsIn(path)).toMatchObject({ '23/demo.unfinished': [4] });
    await receive(job('22T23:00', 6), job('23T21:00', 7));
    // Not over until an hour after its end: what was received last may not be stored yet.
    expect(await exportTo(path, ask(JOBS, { now: NOW + HOUR_MS - 1 }))).toEqual({ files: 2, unfinished: 2 });
    expect(idsIn(path)).toMatchObject({ '22/demo': [2], '23/demo.unfinished': [4, 7] });
    expect(await exportTo(path, ask(JOBS, { now: NOW + HOUR_MS }))).toEqual({ files: 2, unfinished: 0 });
    const over = { '21/demo': [1], '21/dr': [], '22/demo': [2], '22/dr': [3], '23/demo': [4, 7], '23/dr': [] };
    expect(idsIn(path)).toEqual(over);
    expect(await exportTo(path, ask(JOBS, { now: NOW + HOUR_MS }))).toEqual({ files: 0, unfinished: 0 });
    await exportTo(path, ask(JOBS, { now: NOW + HOUR_MS }), true);
    expect(idsIn(path)).toEqual({ ...over, '22/demo': [2, 6] });
  });

  it.each([
    ['jobs', JOBS as Kind<unknown>],
    ['images', IMAGES as Kind<unknown>],
  ])('of %s holds only whole files when interrupted at any row, and is whole after the next run', async (_, kind) => {
    const { ask } = await startTwoPrimaries();
    const whole = newFolder();
    const asked = ask(kind, { now: at('23T20:00') });
    await exportTo(whole, asked);
    const total = Object.values(filesIn(whole)).join('').split('\n').length - 1;
    expect(total).toBeGreaterThan(2);
    for (let stop = 0; stop < total; stop++) {
      const path = newFolder();
      let left = stop;
      const failing: typeof kind = {
        ...kind,
        async *rows(...of) {
          for await (const row of kind.rows(...of)) {
            if (left-- === 0) throw new Error('the network is down');
            yield row;
          }
        },
      };
      await expect(exportTo(path, { ...asked, kind: failing })).rejects.toThrow('the network is down');
      expect(filesIn(whole)).toMatchObject(filesIn(path));
      await exportTo(path, asked);
      expect(filesIn(path)).toEqual(filesIn(whole));
    }
  });

  it('stops at the next row when it is aborted, and leaves nothing of that file', async () => {
    const { ask } = await startTwoPrimaries();
    const path = newFolder();
    const interrupted = new AbortController();
    const rows: typeof JOBS.rows = async function* (...of) {
      for await (const row of JOBS.rows(...of)) {
        if (row.jobId === 2) interrupted.abort(new Error('interrupted'));
        yield row;
      }
    };
    const asked = ask({ ...JOBS, rows }, { signal: interrupted.signal });
    await expect(exportTo(path, asked)).rejects.toThrow('interrupted');
    expect(Object.keys(idsIn(path))).toEqual(['21/demo', '21/dr']);
  });

  it('is refused when the folder holds another export, which stays as it is', async () => {
    const path = newFolder();
    openFolder(path, 'csv', { format: 'csv', client: 'sql01' });
    expect(() => openFolder(path, 'csv', { format: 'csv' })).toThrow(
      /holds a different export \(.*sql01.*\); this one is \{"format":"csv"\}\./,
    );
    openFolder(path, 'csv', { format: 'csv', client: 'sql01' });
  });
});

describe('rows of an export', () => {
  const ids = async (asked: Asked<{ jobId: number }>) => (await all(allRows(asked))).map(({ jobId }) => jobId);

  it('come by day, then by primary server, oldest first, and exactly those of the range', async () => {
    const { ask } = await startTwoPrimaries();
    expect(await ids(ask(JOBS))).toEqual([1, 2, 3, 4]);
    const span = (from: string, to: string) => ids(ask(JOBS, { range: { from: at(from), to: at(to) } }));
    expect(await span('21T23:59:59.999', '22T00:59:59.999')).toEqual([1, 2]);
    expect(await span('22T00:00', '22T01:00')).toEqual([2, 3]);
    expect(await span('22T00:00:00.001', '23T12:00')).toEqual([3, 4]);
  });

  it('are narrowed by client, policy and the status with which a job is done', async () => {
    const { ask, receive } = await startTwoPrimaries();
    await receive(job('23T13:00', 5, { clientName: 'WEB01', policyName: 'Weekly', status: 6 }));
    await receive(job('23T14:00', 6, { state: 'ACTIVE', status: 6 }), job('23T15:00', 7, { policyName: '' }));
    expect(await ids(ask(JOBS, { only: { client: 'web01' } }))).toEqual([5]);
    expect(await ids(ask(JOBS, { only: { policy: 'weekly', client: 'Web01', status: '1-9' } }))).toEqual([5]);
    expect(await ids(ask(JOBS, { only: { status: '6' } }))).toEqual([5]);
    expect(await ids(ask(JOBS, { only: { policy: '' } }))).toEqual([7]);
    const images = await all(allRows(ask(IMAGES, { only: { client: 'Web01' } })));
    expect(images.map(({ entry }) => entry.backupId)).toEqual(['b_1']);
  });

  it('show a job that goes on during the export at most once in each state, and never leave it out', async () => {
    const { ask, receive } = await startTwoPrimaries();
    const days = ['21', '22', '23'] as const;
    const active = days.map((day, index) => job(`${day}T18:00`, 10 + index, { state: 'ACTIVE' }));
    await receive(...active);
    const seen: string[] = [];
    for await (const { jobId, state } of allRows(ask(JOBS))) {
      seen.push(`${jobId} ${state}`);
      if (jobId !== 10 || state !== 'ACTIVE') continue;
      // Jobs that were read already, and jobs that are still to be read.
      await receive(
        ...active.map(({ content }, index) => job('23T20:00', 10 + index, { startTime: content.startTime })),
      );
    }
    expect(seen.filter((one) => one.startsWith('1'))).toEqual(
      expect.arrayContaining(['10 ACTIVE', '10 DONE', '11 DONE', '12 DONE']),
    );
    expect(seen.length).toBe(new Set(seen).size);
  });
});

import { expect, it } from 'vitest';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { factOf, image, job, tablesOf } from '../functions/questions/received.ts';
import { NEVER } from '../functions/support.ts';
import { startNbwatch } from './nbwatch.ts';

const HOUR_MS = 3_600_000;

it('jobs, images and series are narrowed by time, name and status, and every table can be printed as CSV', async () => {
  const test = await startNbwatch();
  const { json, nbwatch, run } = test;
  const tables = tablesOf(run.dynamodb, run.deployment.outputs);
  const now = Date.now();
  const at = (hoursAgo: number) => now - hoursAgo * HOUR_MS;
  const iso = (hoursAgo: number) => new Date(at(hoursAgo)).toISOString();
  const facts = [
    factOf({ ...job('22T01:00', 1, { status: 13, clientName: '=cmd|/c calc' }), at: at(30) }),
    factOf({ ...job('23T01:00', 2, { status: 41, policyName: 'Weekly' }), at: at(3) }),
    factOf({ ...job('23T01:00', 3, {}), at: at(2) }),
    factOf({ ...job('23T02:00', 4, { parentJobId: 3 }), at: at(1) }),
    factOf({ ...image('22T01:00', 'sql01_1', 'CREATE'), at: at(30) }),
    factOf({ ...image('23T01:00', 'sql01_1', 'DELETE'), at: at(3) }),
    factOf({ ...image('23T01:00', 'sql01_2', 'CREATE'), at: at(2) }),
    factOf({ ...image('23T01:00', 'web01_3', 'CREATE', { clientName: 'web01' }), at: at(1) }),
  ];
  await createLedger(tables.client, tables.ledger).append(facts, NEVER);
  await run.idle();
  const jobs = async (...argv: string[]) => (await json('jobs', ...argv)).map(({ jobId }) => jobId);
  const images = async (...argv: string[]) =>
    (await json('images', ...argv)).map(({ backupId, entry }) => backupId ?? Object(entry).backupId);

  expect(await jobs()).toEqual([4, 3, 2]);
  // --from is included, --to is not.
  expect(await jobs('--from', iso(30).slice(0, 19))).toEqual([4, 3, 2, 1]);
  expect(
    await jobs('--from', new Date(at(3) - 1_000).toISOString().slice(0, 19), '--to', iso(1.5).slice(0, 19)),
  ).toEqual([3, 2]);
  expect(await jobs('--to', iso(4).slice(0, 19))).toEqual([1]);

  expect(await images('--operation', 'delete')).toEqual(['sql01_1']);
  expect(await images('--operation', 'CREATE', '--client', 'SQL01')).toEqual(['sql01_2']);
  expect(await images('--client', 'sql01')).toEqual(['sql01_2', 'sql01_1']);
  expect(await images('--client', 'sql01', '--condition', 'RESTORABLE')).toEqual(['sql01_2']);
  expect(await images('--client', 'sql01', '--condition', 'deleted')).toEqual(['sql01_1']);

  const series = async (...argv: string[]) => (await json('series', ...argv)).map(({ lastJobId }) => lastJobId);
  expect(await series('--policy', 'WEEKLY')).toEqual([2]);
  expect(await series('--client', 'sql01', '--status', '0')).toEqual([4]);
  expect(await series('--failing', '--client', 'sql01')).toEqual([2]);
  expect(new Set(await series('--status', '13,41'))).toEqual(new Set([1, 2]));

  const csv = (await nbwatch('jobs', '--csv', '--since', '2d', '--failed')).out.split('\r\n');
  expect(csv[0]).toBe('received (UTC),primary,job,type,state,status,client,policy');
  expect(csv.slice(1).map((line) => line.split(',').slice(1).join())).toEqual([
    'demo,2,BACKUP,DONE,41,sql01,Weekly',
    "demo,1,BACKUP,DONE,13,'=cmd|/c calc,Nightly",
    '',
  ]);
  const related = (await nbwatch('job', '3', '--csv')).out.split('\r\n').map((line) => line.split(',')[0]);
  expect(related).toEqual(['what', 'job', 'child', '']);
  const history = (await nbwatch('image', 'sql01_1', '--csv')).out.split('\r\n');
  expect(history[0]).toBe('primary,image,condition,received (UTC),operation,created time as sent (read as UTC),client');
  expect(history.slice(1, 3)).toEqual([
    expect.stringMatching(/^demo,sql01_1,DELETED,.*,CREATE,/),
    expect.stringMatching(/^demo,sql01_1,DELETED,.*,DELETE,/),
  ]);
  for (const argv of [['endpoint', 'list'], ['silence', 'list'], ['expect'], ['alerts', 'pending'], ['status']]) {
    const { out } = await nbwatch(...argv, '--csv');
    expect(out).toMatch(/^[a-z][^\r\n]*\r\n/);
    expect(out).not.toContain('What to do next');
  }
});

it('an answer without rows suggests a longer --since if that covers more, and says where names are listed', async () => {
  const { nbwatch } = await startNbwatch();
  const says = async (...argv: string[]) => (await nbwatch(...argv)).err;
  const NONE = 'No such jobs in that time.';
  const OF_SQL01 = 'No such images of sql01 in that time.';
  const NAMES = '\nSee the names with: npx nbwatch series\n';
  expect(await says('jobs')).toBe(`${NONE} To look further back: --since 7d\n`);
  expect(await says('jobs', '--since', '6d')).toBe(`${NONE} To look further back: --since 7d\n`);
  for (const span of [
    ['--since', '7d'],
    ['--from', '2026-01-01'],
    ['--to', '2026-01-01'],
  ])
    expect(await says('jobs', ...span)).toBe(`${NONE}\n`);
  expect(await says('jobs', '--policy', 'weekly', '--since', '30d')).toBe(`${NONE}${NAMES}`);
  expect(await says('images', '--client', 'sql01')).toBe(`${OF_SQL01} To look further back: --since 400d${NAMES}`);
  expect(await says('images', '--client', 'sql01', '--from', '2026-01-01')).toBe(`${OF_SQL01}${NAMES}`);
  expect(await says('images')).toBe('No such image events in that time.\n');
  expect(await says('images', '--client', 'sql01', '--operation', 'CREATE')).toContain(NAMES);
  expect(await says('jobs', '--unfinished')).toBe('Every reported job is done.\n');
  expect(await says('jobs', '--unfinished', '--client', 'sql01')).toBe(`No unfinished job matches.${NAMES}`);
  expect(await says('series')).toBe('No such series.\n');
  expect(await says('series', '--client', 'sql01')).toBe(`No such series.${NAMES}`);
});

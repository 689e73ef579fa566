import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { readMoment, silenceOf } from '../../cli/silence-options.ts';
import { RECORDS_INDEXES } from '../../functions/keys/indexes.ts';
import { heldBySilence } from '../../functions/keys/records.ts';
import { jobContent } from '../functions/support.ts';
import { commandLine, type Nbwatch, startNbwatch } from './nbwatch.ts';

const HOUR = 3_600_000;
const NEXT_YEAR = new Date().getUTCFullYear() + 1;
const BECAUSE = ['--reason', 'new storage'];

/** Adds a silence and returns it as --json prints it. */
async function add({ json }: Nbwatch, ...argv: string[]): Promise<Record<string, unknown> & { id: string }> {
  const [added] = await json('silence', 'add', ...BECAUSE, ...argv);
  return { ...added, id: String(added?.id) };
}

describe('silence add', () => {
  it('stores all names, holds failures back from now for a duration, and says how to end the silence', async () => {
    const test = await startNbwatch();
    const before = Date.now();
    const names = ['--client', 'SQL01', '--policy', 'Nightly', '--primary', 'demo', '--job-type', 'BACKUP'];
    const { code, out, err } = await test.nbwatch(
      ...['silence', 'add', ...names, '--status', '1, 41,150-160', '--until', '2h', '--reason', 'new storage'],
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^silence +state +when \(UTC\)/);
    expect(out).toContain('primary demo, client SQL01, policy Nightly, job type BACKUP, status 1,41,150-160');
    const [item] = (await test.items('RegistryTable')).filter(({ pk }) => pk === 'silence');
    expect(item).toMatchObject({ client: 'SQL01', policy: 'Nightly', primary: 'demo', jobType: 'BACKUP' });
    expect(item).toMatchObject({ status: '1,41,150-160', reason: 'new storage', zone: 'UTC', format: 1 });
    expect(Number(item?.until) - Number(item?.from)).toBe(2 * HOUR);
    expect(Number(item?.from)).toBeGreaterThanOrEqual(before);
    expect(item?.sk).toMatch(/^[0-9a-hjkmnp-tv-z]{6}$/);
    expect(err).toContain(`nbwatch silence end ${item?.sk}`);
  });

  it('stores a window without an end, and silence list shows when it applies', async () => {
    const test = await startNbwatch();
    const weekly = await add(test, '--all', '--every', 'Sun 02:00-04:00', '--zone', 'Europe/Berlin');
    expect(weekly).toMatchObject({ every: 'Sun 02:00-04:00', zone: 'Europe/Berlin' });
    expect(weekly).not.toHaveProperty('until');
    const { out } = await test.nbwatch('silence', 'list');
    expect(out).toMatch(/(until|from) 20\d\d-.* Sun 02:00-04:00 Europe\/Berlin +every failure +0 +new storage/);
  });
});

it('a scheduled silence shows its beginning and end, when it is added, in the list and as CSV', async () => {
  const test = await startNbwatch();
  const period = ['--from', `${NEXT_YEAR}-11-24T06:00Z`, '--until', `${NEXT_YEAR}-11-24T08:00Z`];
  const when = `from ${NEXT_YEAR}-11-24 06:00:00 until ${NEXT_YEAR}-11-24 08:00:00`;
  const { out } = await test.nbwatch('silence', 'add', '--client', 'sql01', ...period, ...BECAUSE);
  expect(out).toContain(` scheduled  ${when}  - `);
  expect((await test.nbwatch('silence', 'list')).out).toContain(` scheduled  ${when}  - `);
  expect((await test.nbwatch('silence', 'list', '--csv')).out).toContain(`,scheduled,${when},,`);
});

it('a scheduled window shows when it first applies, and its end if it has one', async () => {
  const { nbwatch } = await startNbwatch();
  const begin = ['--every', 'daily 02:00-04:00', '--from', `${NEXT_YEAR}-11-20T00:00Z`];
  const shown = async (...argv: string[]) =>
    (await nbwatch('silence', 'add', '--all', ...begin, ...argv, ...BECAUSE)).out;
  const from = ` from ${NEXT_YEAR}-11-20 02:00:00`;
  expect(await shown()).toContain(`${from}  daily 02:00-04:00 UTC `);
  expect(await shown('--until', `${NEXT_YEAR}-12-01T00:00Z`)).toContain(
    `${from} until ${NEXT_YEAR}-12-01 00:00:00  daily 02:00-04:00 UTC `,
  );
});

it('silence add --local names a command that ends the silence of the same nbwatch', async () => {
  const { nbwatch } = await startNbwatch();
  const { err } = await nbwatch('silence', 'add', '--all', '--until', '2h', ...BECAUSE, '--local');
  const [, hint = ''] = /: npx nbwatch (silence end \w+ --local)\n$/.exec(err) ?? [];
  expect(await nbwatch(...hint.split(' '))).toMatchObject({ code: 0 });
});

it('silence add refuses an unknown primary server and stores nothing; a known one matches regardless of case', async () => {
  const test = await startNbwatch();
  const refused = await test.nbwatch('silence', 'add', '--primary', 'demmo', '--until', '2h', ...BECAUSE);
  expect(refused).toEqual({
    ...{ code: 3, out: '', err: 'There is no primary server demmo.\nList them with: npx nbwatch endpoint list\n' },
  });
  expect(await test.json('silence', 'list')).toEqual([]);
  expect(await add(test, '--primary', 'DEMO', '--until', '2h')).toMatchObject({ primary: 'DEMO' });
});

it('silence add accepts a client or policy without known backups, and says so', async () => {
  const test = await startNbwatch();
  await test.play('08-job-failed.json');
  const says = async (...argv: string[]) => {
    const { code, err } = await test.nbwatch('silence', 'add', ...argv, '--until', '2h', ...BECAUSE);
    return [code, err.split('\n').filter((line) => line.startsWith('No backup'))];
  };
  const unknown = (of: string) => [0, [`No backup of ${of} is known so far. See the names with: npx nbwatch series`]];
  expect(await says('--client', 'nosuch')).toEqual(unknown('client nosuch'));
  expect(await says('--policy', 'nosuch', '--primary', 'demo')).toEqual(unknown('policy nosuch on demo'));
  expect(await says('--client', 'dummytestvm', '--policy', 'x')).toEqual(unknown('client dummytestvm, policy x'));
  expect(await says('--client', 'dummytestvm', '--policy', 'VMWARE2')).toEqual([0, []]);
  // These have no series.
  for (const named of [['--client', 'nosuch', '--job-type', 'RESTORE'], ['--all']])
    expect(await says(...named)).toEqual([0, []]);
});

/** Each is refused before any query, so no run is needed. The message names the next step. */
describe('silence add refuses', () => {
  const CLIENT = ['--client', 'sql01'];
  it.each<[string, string[], string]>([
    ['nothing named', ['--until', '2h', ...BECAUSE], '--all'],
    ['names beside --all', [...CLIENT, '--all', '--until', '2h', ...BECAUSE], '--all'],
    ['no end', [...CLIENT, ...BECAUSE], '--for-good'],
    ['an end beside --for-good', [...CLIENT, '--for-good', '--until', '2h', ...BECAUSE], 'cannot be used together'],
    ['no reason', [...CLIENT, '--until', '2h'], '--reason'],
    ['an empty reason', [...CLIENT, '--until', '2h', '--reason', ' '], '--reason'],
    ['an empty name', ['--client', '', '--until', '2h', ...BECAUSE], '--client'],
    [
      'an end in the past',
      [...CLIENT, '--until', '2016-04-05T06:00Z', ...BECAUSE],
      '--until is 2016-04-05 06:00:00 UTC, which is not after now',
    ],
    ['an end before its beginning', [...CLIENT, '--from', '3h', '--until', '2016-04-05T06:00Z', ...BECAUSE], 'later'],
    ['an end without an offset', [...CLIENT, '--until', '2099-04-05T06:00', ...BECAUSE], 'offset from UTC'],
    ['an end on a day that does not exist', [...CLIENT, '--until', '2099-11-31T06:00Z', ...BECAUSE], 'offset from UTC'],
    ['an end in words', [...CLIENT, '--until', 'tomorrow', ...BECAUSE], '90m, 2h or 3d'],
    ['an end more than ten years from now', [...CLIENT, '--until', '9999d', ...BECAUSE], '--for-good'],
    ['an end beyond the calendar', [...CLIENT, '--until', '999999999999d', ...BECAUSE], '--for-good'],
    [
      'a window on an unknown day',
      [...CLIENT, '--every', 'Son 02:00-04:00', ...BECAUSE],
      '"Son" is not a day. Use Mon, ',
    ],
    ['an unknown time zone', [...CLIENT, '--until', '2h', '--zone', 'Berlin', ...BECAUSE], 'Europe/Berlin'],
    [
      'a time zone without a window',
      [...CLIENT, '--until', '2h', '--zone', 'Europe/Berlin', ...BECAUSE],
      'Leave --zone out',
    ],
    ['a status that is no number', ['--status', 'failed', '--until', '2h', ...BECAUSE], '150-160'],
    ['a range of statuses that ends before it begins', ['--status', '160-150', '--until', '2h', ...BECAUSE], '150-160'],
  ])('%s', async (_, argv, said) => {
    const { code, out, err } = await commandLine()('silence', 'add', ...argv);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(said);
  });
});

describe('the period of a silence', () => {
  // A Monday.
  const NOW = Date.parse('2026-11-23T19:00Z');
  const given = { client: 'sql01', reason: 'new storage' };

  it('lasts for a duration from its beginning, and not from now', () => {
    const { from, until, createdAt } = silenceOf({ ...given, from: readMoment('3h'), until: readMoment('90m') }, NOW);
    expect([createdAt, from, until]).toEqual([NOW, NOW + 3 * HOUR, NOW + 4.5 * HOUR]);
  });

  it('ends at the same moment, whatever the offset of the time given', () => {
    const ends = ['2026-11-24T06:00+01:00', '2026-11-24T05:00Z', '2026-11-24T05:00:00Z', '2026-11-24T00:00-05:00'];
    const until = ends.map((text) => silenceOf({ ...given, until: readMoment(text) }, NOW).until);
    expect(new Set(until)).toEqual(new Set([Date.parse('2026-11-24T05:00Z')]));
  });

  it('is refused when its window does not begin before its end, and accepted when it begins once', () => {
    const until = (text: string) => ({ ...given, every: 'Tue 02:00-04:00', until: readMoment(text) });
    expect(() => silenceOf(until('7h'), NOW)).toThrow('does not occur');
    expect(silenceOf(until('8h'), NOW).until).toBe(NOW + 8 * HOUR);
  });

  it('ends, or begins without an end, at most ten years from now', () => {
    expect(silenceOf({ ...given, until: readMoment('3650d') }, NOW).until).toBe(NOW + 3_650 * 24 * HOUR);
    expect(() => silenceOf({ ...given, from: readMoment('3661d'), forGood: true }, NOW)).toThrow('ten years');
  });
});

it('a silence holds back and counts a failure that matches, and a message reports it when the silence is over', async () => {
  const test = await startNbwatch();
  const { id } = await add(test, '--client', 'dummytestvm', '--until', '2h');
  await test.play('08-job-failed.json');
  expect(await test.json('silence', 'list')).toMatchObject([{ id, held: 1 }]);
  expect(test.published).toEqual([]);
  await test.nbwatch('silence', 'end', id);
  // The publisher runs every minute; a failure of another client makes it run at once.
  const primary = test.primary();
  await primary.start();
  const other = jobContent({ jobId: 9, parentJobId: 9, clientName: 'other' });
  await primary.notify([{ notificationType: 'INFO', object: 'JOB', data: [other] }]);
  await test.run.idle();
  const told = test.published.filter(({ attributes }) => attributes.kind?.value === 'SilenceEnded');
  expect(told.map(({ message }) => message)).toEqual([expect.stringContaining('148')]);
  expect(await test.json('silence', 'list')).toMatchObject([{ id, held: 0 }]);
});

describe('silence list', () => {
  it('shows active, scheduled and ended silences, and how many failures each holds back', async () => {
    const test = await startNbwatch();
    const ended = await add(test, '--client', 'web01', '--until', '2h');
    await test.nbwatch('silence', 'end', ended.id);
    const later = await add(test, '--client', 'web02', '--from', '1d', '--until', '2h');
    const active = await add(test, '--client', 'sql01', '--until', '2h');
    const forGood = await add(test, '--job-type', 'IMAGEDELETE', '--for-good');
    for (const jobId of [1, 2]) await hold(test, active.id, jobId);
    expect(await test.json('silence', 'list')).toMatchObject([
      { id: forGood.id, state: 'active', held: 0 },
      { id: active.id, state: 'active', held: 2, activeUntil: active.until },
      { id: later.id, state: 'scheduled', held: 0, nextFrom: later.from },
      { id: ended.id, state: 'ended', held: 0 },
    ]);
    const { out } = await test.nbwatch('silence', 'list');
    expect(out).toMatch(/active +for good .*\n.*active +until .*\n.*scheduled +from .*\n.*ended +until /);
  });

  it('says how to add a silence if there is none', async () => {
    const { nbwatch } = await startNbwatch();
    expect(await nbwatch('silence', 'list')).toEqual({
      ...{ code: 0, out: '', err: expect.stringContaining('nbwatch silence add') },
    });
  });
});

/** Stores a failure where the publisher puts what a silence holds back. */
async function hold({ run }: Nbwatch, id: string, jobId: number): Promise<void> {
  const { partitionKey, sortKey } = RECORDS_INDEXES.pending;
  const place = { pk: `job#demo#${jobId}`, sk: 'kept', [partitionKey]: heldBySilence(id), [sortKey]: jobId };
  const TableName = run.deployment.outputs.RecordsTable;
  await run.dynamodb.send(new PutItemCommand({ TableName, Item: marshall(place) }));
}

describe('silence end', () => {
  it('ends a silence now, regardless of the case of its id, and shows how many failures it held back', async () => {
    const test = await startNbwatch();
    const { id } = await add(test, '--client', 'sql01', '--until', '2h');
    await hold(test, id, 1);
    const { code, out, err } = await test.nbwatch('silence', 'end', id.toUpperCase());
    expect(code).toBe(0);
    expect(out).toMatch(/ended .* client sql01 +1 +new storage/);
    expect(err).toContain(`${id} is over.`);
    expect(await test.json('silence', 'list')).toMatchObject([{ id, state: 'ended' }]);
  });

  it('changes nothing when the silence is over already, and says so', async () => {
    const test = await startNbwatch();
    const { id } = await add(test, '--client', 'sql01', '--until', '2h');
    await test.nbwatch('silence', 'end', id);
    const [before] = await test.json('silence', 'list');
    expect(await test.nbwatch('silence', 'end', id)).toMatchObject({ code: 0, err: `${id} was over already.\n` });
    expect(await test.json('silence', 'list')).toEqual([before]);
  });

  it('ends a silence that has not begun', async () => {
    const test = await startNbwatch();
    const { id } = await add(test, '--client', 'sql01', '--from', '1d', '--until', '2h');
    await test.nbwatch('silence', 'end', id);
    expect(await test.json('silence', 'list')).toMatchObject([{ id, state: 'ended' }]);
  });

  it('exits with 3 and the next step for an unknown id', async () => {
    const { nbwatch } = await startNbwatch();
    const { code, out, err } = await nbwatch('silence', 'end', 'nobody');
    expect([code, out]).toEqual([3, '']);
    expect(err).toContain('nbwatch silence list');
  });
});

it.each([['silence'], ['silence', 'add'], ['silence', 'list'], ['silence', 'end']])(
  '%s %s --help exits with 0',
  async (...argv) => {
    const { code, out } = await commandLine()(...argv, '--help');
    expect(code).toBe(0);
    expect(out).toContain('Usage: nbwatch silence');
  },
);

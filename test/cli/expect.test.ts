import { describe, expect, it } from 'vitest';
import { jobContent } from '../functions/support.ts';
import { commandLine, startNbwatch } from './nbwatch.ts';

const HOUR = 3_600_000;

it('expect declares, retires, lists and forgets backups regardless of case, and says what follows', async () => {
  const { nbwatch, json, items, primary, run } = await startNbwatch();
  expect((await nbwatch('expect')).err).toContain('nbwatch expect --client');
  const before = Date.now();
  const declared = await nbwatch('expect', '--client', 'SQL01', '--policy', 'Nightly', '--every', '26h');
  expect(declared).toMatchObject({
    code: 0,
    err: expect.stringContaining('overdue in 26 hours unless it has a usable run before then'),
  });
  expect(declared.out).toMatch(/^primary +client +policy +every .*\ndemo +SQL01 +Nightly +26 hours +20/);
  const [item] = (await items('RegistryTable')).filter(({ pk }) => pk === 'expectation');
  expect(item).toMatchObject({ sk: 'demo#sql01#nightly', client: 'SQL01', every: 26 * HOUR, format: 1 });
  expect(Number(item?.declaredAt)).toBeGreaterThanOrEqual(before);

  // A client that nobody has heard of is mistyped.
  const mistyped = await nbwatch('expect', '--retire', '--client', 'sql1');
  expect(mistyped).toMatchObject({ code: 3, out: '', err: expect.stringContaining('nbwatch series') });
  const server = primary();
  await server.start();
  await server.notify([{ notificationType: 'INFO', object: 'JOB', data: [jobContent({ clientName: 'web01' })] }]);
  await run.idle();
  expect((await nbwatch('expect', '--retire', '--client', 'WEB01')).code).toBe(0);
  const [retired] = await json('expect', '--retire', '--client', 'sql01', '--policy', 'NIGHTLY');
  expect(retired).toMatchObject({ everyMs: 26 * HOUR, retiredAt: expect.any(Number) });
  const [again] = await json('expect', '--client', 'sql01', '--policy', 'nightly', '--every', '8d');
  expect(again).not.toHaveProperty('retiredAt');
  expect(await json('expect')).toMatchObject([
    { primary: 'demo', clientName: 'sql01', policyName: 'nightly', everyMs: 8 * 24 * HOUR },
    { primary: 'demo', clientName: 'WEB01', retiredAt: expect.any(Number) },
  ]);
  expect(await json('expect', '--client', 'web01')).toHaveLength(1);
  expect((await nbwatch('expect', '--client', 'web1')).err).toMatch(/^No declaration has these names\./);

  expect((await nbwatch('expect', '--forget', '--client', 'Web01')).code).toBe(0);
  const gone = await nbwatch('expect', '--forget', '--client', 'web01');
  expect(gone).toMatchObject({ code: 3, err: expect.stringContaining('There is no declaration for web01 on demo') });

  await nbwatch('endpoint', 'create', '--primary', 'berlin');
  const several = await nbwatch('expect', '--client', 'sql01', '--policy', 'nightly', '--every', '26h');
  expect(several).toMatchObject({ code: 2, err: expect.stringContaining('berlin, demo') });
  const named = ['--client', 'sql01', '--policy', 'nightly', '--primary', 'berlin', '--every', '26h'];
  expect((await nbwatch('expect', ...named)).code).toBe(0);
  expect(await json('expect', '--primary', 'berlin')).toMatchObject([{ primary: 'berlin', clientName: 'sql01' }]);
});

/** Each is refused before any query, so no run is needed. The message names the next step. */
describe('expect refuses', () => {
  const BOTH = ['--client', 'sql01', '--policy', 'nightly'];
  it.each<[string, string[], string]>([
    ['no client', ['--every', '26h', '--policy', 'nightly'], '--client'],
    ['--every without a policy', ['--client', 'sql01', '--every', '26h'], '--policy'],
    ['--every together with --retire', [...BOTH, '--every', '26h', '--retire'], 'cannot be used together'],
    ['an --every of less than an hour', [...BOTH, '--every', '59m'], '1h to 366d'],
    ['an --every of more than 366 days', [...BOTH, '--every', '367d'], '1h to 366d'],
    ['an --every that is no duration', [...BOTH, '--every', 'day'], '24h'],
    ['an empty name', ['--client', ' ', '--retire'], 'empty'],
    ['a name longer than any in NetBackup', ['--client', 'x'.repeat(513), '--retire'], 'at most 512 bytes'],
  ])('%s', async (_, argv, said) => {
    const { code, out, err } = await commandLine()('expect', ...argv);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(said);
  });

  it('nothing with --help, which exits with 0', async () => {
    const { code, out } = await commandLine()('expect', '--help');
    expect(code).toBe(0);
    expect(out).toContain('nbwatch expect --retire --client sql01');
  });
});

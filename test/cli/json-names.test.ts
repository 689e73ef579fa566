import { expect, it } from 'vitest';
import { putIfAbsent } from '../../functions/store/items.ts';
import { startNbwatch } from './nbwatch.ts';

/** Every field of an object and of the objects in it, with its value; except in an `entry`, which NetBackup named. */
function* fieldsOf(value: unknown): Generator<readonly [name: string, value: unknown]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (!Array.isArray(value)) yield [name, inner];
    if (name !== 'entry') yield* fieldsOf(inner);
  }
}

/** Names that no command may use, because others have another name for the same thing. */
const OTHER_WORDS: ReadonlySet<string> = new Set([
  'client',
  'clients',
  'policy',
  'every',
  'nextStart',
  'limit',
  'usual',
]);

/** Epoch ms of this century; no other number is so large. */
const isTime = (value: unknown) => typeof value === 'number' && value > 1e12;
const TIME = /(?:At|Until|From)$|^(?:at|from|until|to|since)$/;

it('every --json has one name for one thing, and names by which times can be recognised', async () => {
  const test = await startNbwatch();
  await test.play('03-job-active.json', '06-image-deleted-air.json', '07-job-and-images.json', '08-job-failed.json');
  const dismissal = { pk: 'dismissal', sk: 'm', id: 'm', primary: 'demo', reason: 'r', clients: ['sql01'] };
  const registry = test.run.deployment.outputs.RegistryTable ?? '';
  const now = Date.now();
  await putIfAbsent(test.run.dynamodb, registry, { ...dismissal, createdAt: now, until: now + 60_000 });
  const NAMES = ['--client', 'sql01', '--policy', 'nightly'];
  await test.json('expect', ...NAMES, '--every', '26h');
  await test.json('expect', ...NAMES, '--retire');
  await test.json('silence', 'add', ...NAMES, '--status', '41', '--from', '1d', '--until', '1d', '--reason', 'r');
  await test.json('silence', 'add', '--client', 'DummyTestVM', '--until', '1d', '--reason', 'r');
  await test.play('08-job-failed.json');
  const COMMANDS = [
    ...['jobs', 'jobs --failed', 'jobs --unfinished', 'job 148', 'images', 'images --client DummyTestVM', 'series'],
    ...['image localhost_1471469619', 'quarantine', 'alerts list', 'alerts pending', 'alerts dismissed'],
    ...['silence list', 'expect', 'endpoint list', 'endpoint show demo', 'report', 'status'],
  ];
  for (const command of COMMANDS) {
    const answer = await test.json(...command.split(' '));
    if (command !== 'quarantine' && command !== 'alerts pending') expect(answer, command).not.toEqual([]);
    const fields = answer.flatMap((one) => [...fieldsOf(one)]);
    expect(fields.filter(([name, value]) => OTHER_WORDS.has(name) || (isTime(value) && !TIME.test(name)))).toEqual([]);
  }
  expect(await test.json('silence', 'list')).toMatchObject([
    { state: 'active', clientName: 'DummyTestVM' },
    { state: 'scheduled', clientName: 'sql01', policyName: 'nightly', statuses: '41' },
  ]);
  // Stored items keep the names that they had.
  const kept = (await test.items('RegistryTable')).filter(({ pk }) => pk === 'silence' || pk === 'expectation');
  expect(kept).toHaveLength(3);
  for (const item of kept) expect(item).toHaveProperty('client');
});

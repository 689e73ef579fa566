import { expect, inject, it, onTestFinished } from 'vitest';
import { log } from '../../../functions/runtime/log.ts';
import { BEGIN, MINUTE, type Scenario } from '../../../local/scenarios/scenario.ts';
import { SCENARIOS } from '../../../local/scenarios/scenarios.ts';
import { createWorld, type World } from '../../../local/scenarios/world.ts';
import { readAssembly } from '../../../local/stack/synthesize.ts';
import { testDatabase } from '../../support/database.ts';

async function startWorld(): Promise<World> {
  log.setLogLevel('SILENT');
  const world = await createWorld(readAssembly(inject('assemblyFolder')), testDatabase(), BEGIN);
  onTestFinished(() => world.end());
  return world;
}

it.each(SCENARIOS)('$name: $title', async ({ name, play, tells }: Scenario) => {
  const world = await startWorld();
  await play(world, () => {});
  const mailed = world.told.filter(({ topic }) => topic === 'alerts');
  expect(mailed.map(({ kind }) => kind)).toEqual(tells);
  if (name === 'canary')
    expect(world.told.map(({ topic, kind }) => [topic, kind])).toEqual(
      Array.from({ length: 48 }, (_, index) => ['probe', index % 2 === 0 ? 'JobFailed' : 'JobRecovered']),
    );
  // The attack begins ten minutes before the end. In its second minute more than 20 young images are gone.
  if (name.startsWith('ransom')) expect(mailed[0]?.at).toBeLessThanOrEqual(world.now() - 10 * MINUTE + 4 * MINUTE);
});

import { expect, it } from 'vitest';
import { startNbwatch } from './nbwatch.ts';

it('tries', async () => {
  const test = await startNbwatch();
  const quiet = await test.nbwatch('doctor');
  console.log(quiet.code, quiet.out, quiet.err);
  expect(1).toBe(1);
});

import fc from 'fast-check';
import { afterAll } from 'vitest';
import { beginFile, endFile } from './each-file.ts';

/**
 * Draws the same histories each time, so that a test fails only if something broke. `FC_SEED=$RANDOM npm test` draws
 * others. Whatever those find belongs in a test, as an example.
 */
fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 1) });

await beginFile();
afterAll(endFile);

import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/sequencer.ts';

const EVERY = 'test/**/*.test.ts';

/** What a file says that changes or looks at its process, of which others in it could see something. */
const OF_PROCESS = /\bvi\.|\bprocess\b|\bmockClient\b|\bsetLogLevel\b/;

/**
 * Files that share processes, and so load what they test once for each process and not for each file: loading CDK, the AWS SDK and the
 * whole program takes longer than many a test.
 */
const TOGETHER = globSync(EVERY).filter((file) => !OF_PROCESS.test(readFileSync(file, 'utf8')));

const EACH = {
  setupFiles: 'test/support/setup.ts',
  // Limits for what hangs, not for what is slow: a machine may have much else to do.
  testTimeout: 90_000,
  hookTimeout: 180_000,
  expect: { poll: { timeout: 30_000 } },
  // What CDK looks for in a template of its own accord only warns, and takes seconds of each file that makes one.
  env: { CDK_VALIDATION: 'false' },
};

export default defineConfig({
  test: {
    projects: [
      { test: { ...EACH, name: 'alone', include: [EVERY], exclude: TOGETHER } },
      { test: { ...EACH, name: 'together', include: TOGETHER, isolate: false } },
    ],
    globalSetup: 'test/support/global-setup.ts',
    sequence: { sequencer: LongestFirst },
    // Tests wait for processes as much as they compute: one for each core, not one less.
    maxWorkers: '100%',
  },
});

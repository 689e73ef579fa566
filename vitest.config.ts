import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/sequencer.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: 'test/support/setup.ts',
    globalSetup: 'test/support/global-setup.ts',
    // Limits for what hangs, not for what is slow: a machine may have much else to do.
    testTimeout: 90_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
    sequence: { sequencer: LongestFirst },
    // Tests wait for processes as much as they compute: one for each core, not one less.
    maxWorkers: '100%',
    // What CDK looks for in a template of its own accord only warns, and takes seconds of each file that makes one.
    env: { CDK_VALIDATION: 'false' },
  },
});

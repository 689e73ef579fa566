import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Test files that take half a minute or more, the longest first. If vitest does not know how long each took, as in CI,
 * it begins with the largest files. A small file that takes long would then come last, and keep one core busy while the
 * other has nothing left to do.
 */
const LONG = [
  'test/local/run/crashes.test.ts',
  'test/local/scenarios/scenarios.test.ts',
  'test/runbooks/runbooks.test.ts',
  'test/local/start/serve.test.ts',
  'test/local/start/start.test.ts',
  'test/functions/watch/deletion-attacks.test.ts',
  'test/functions/ledger/large-message.test.ts',
  'test/local/run/primaries.test.ts',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const index = LONG.findIndex((file) => moduleId.endsWith(`/${file}`));
      return index === -1 ? LONG.length : index;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

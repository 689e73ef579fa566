import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * What takes half a minute or more, longest first. Vitest begins with the largest files; where it does not know how long each took, as
 * in CI, a small one that takes long would come last, and keep one core while the other has nothing more to do.
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

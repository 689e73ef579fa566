import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExplainedError } from './explained-error.ts';
import { HELP, OptionError, type Options, readOptions } from './options.ts';
import { serve } from './serve.ts';
import { synthesize } from './stack/synthesize.ts';
import { createSteps } from './steps.ts';
import { tellStory } from './story/tell.ts';

const print = (line: string) => console.log(line);

async function start(options: Options): Promise<number> {
  if (options.help) {
    print(HELP);
    return 0;
  }
  print('nbwatch on one machine: the stack that "cdk deploy" would send, on DynamoDB Local and emulators');
  const step = createSteps(print);
  const folder = mkdtempSync(join(tmpdir(), 'nbwatch-'));
  try {
    const assembly = await step('stack synthesized, functions bundled', () => synthesize(folder));
    if (options.demo) {
      const failed = await tellStory(assembly, step, print);
      if (failed > 0) return 1;
    }
    if (!options.exit) await serve(assembly, options, step, print);
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  process.exitCode = await start(readOptions(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof ExplainedError ? error.message : error);
  if (error instanceof OptionError) console.error('See npm start -- --help');
  process.exitCode = error instanceof OptionError ? 2 : 1;
}

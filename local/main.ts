import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkJava } from './dynamodb/dynamodb-local.ts';
import { ExplainedError } from './explained-error.ts';
import { isAlive } from './folder.ts';
import { HELP, OptionError, type Options, readOptions } from './options.ts';
import { serve } from './serve.ts';
import { synthesize } from './stack/synthesize.ts';
import { createSteps } from './steps.ts';
import { tellStory } from './story/tell.ts';

const print = (line: string) => console.log(line);

/** What the folder of a run's synthesized stack is called, before the process that it belongs to. */
const TEMPORARY = 'nbwatch-run-';

/** Removes what runs left behind that were killed before they could. */
function sweepTemporary(): void {
  for (const name of globSync(`${TEMPORARY}*`, { cwd: tmpdir() })) {
    const pid = Number.parseInt(name.slice(TEMPORARY.length), 10);
    if (!isAlive(pid)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

async function start(options: Options): Promise<number> {
  if (options.help) {
    print(HELP);
    return 0;
  }
  print('nbwatch on one machine: the stack that "cdk deploy" would send, on DynamoDB Local and emulators');
  const step = createSteps(print);
  sweepTemporary();
  const folder = mkdtempSync(join(tmpdir(), `${TEMPORARY}${process.pid}-`));
  const clean = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  const obey = untilServing(clean);
  try {
    await checkJava();
    const assembly = await step('stack synthesized, functions bundled', () => synthesize(folder, {}, obey.signal));
    if (options.demo) {
      const failed = await tellStory(assembly, step, print);
      if (failed > 0) return 1;
    }
    if (options.exit) return 0;
    const serving = serve(assembly, options, step, print);
    obey.noMore();
    await serving;
    return 0;
  } finally {
    clean();
  }
}

/** Until the run serves, and ends in order, Ctrl-C ends it at once: what it started ends with it, and its files are removed. */
function untilServing(clean: () => void): { signal: AbortSignal; noMore(): void } {
  const ending = new AbortController();
  const end = () => {
    ending.abort();
    clean();
    process.exit(130);
  };
  const signals = ['SIGINT', 'SIGTERM'];
  for (const signal of signals) process.once(signal, end);
  return {
    signal: ending.signal,
    noMore() {
      for (const signal of signals) process.off(signal, end);
    },
  };
}

try {
  process.exitCode = await start(readOptions(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof ExplainedError ? error.message : error);
  if (error instanceof OptionError) console.error('See npm start -- --help');
  process.exitCode = error instanceof OptionError ? 2 : 1;
}

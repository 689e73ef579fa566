import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { bringUp, prepare } from './bring-up.ts';
import { earlierToken, registerDemoEndpoint } from './demo-endpoint.ts';
import { explain } from './explain.ts';
import { ExplainedError } from './explained-error.ts';
import { claimFolder, FILES, FOLDER, isAlive, releaseFolder } from './folder.ts';
import { createListener } from './listener.ts';
import { HELP, OptionError, type Options, readOptions } from './options.ts';
import { serve } from './serve.ts';
import { PROJECT } from './stack/synthesize.ts';
import { createSteps } from './steps.ts';
import { afterwards, type StoryResult } from './story/next-steps.ts';
import { hasReceivedNothing, tellStory } from './story/tell.ts';

const print = (line: string) => console.log(line);

/** Start of the name of the folder for a run's synthesized stack; the id of the run's process follows. */
const TEMPORARY = 'nbwatch-run-';

/** Removes the folders of runs that were killed before they could remove them. */
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
  const cleaning: (() => void)[] = [];
  const clean = () => {
    for (const end of cleaning.splice(0)) end();
  };
  const interruption = untilServing(clean);
  try {
    // A run that only tells the story keeps nothing, so it can run beside one that serves.
    const inFolder = !options.exit;
    if (inFolder) {
      claimFolder(options.reset);
      cleaning.push(releaseFolder);
    }
    sweepTemporary();
    const temporary = mkdtempSync(join(tmpdir(), `${TEMPORARY}${process.pid}-`));
    cleaning.push(() => rmSync(temporary, { recursive: true, force: true, maxRetries: 3 }));
    print('nbwatch on one machine: the stack that "cdk deploy" would send, on DynamoDB');
    print('Local and emulators. Nothing leaves this machine.');
    return await run(options, inFolder && !options.inMemory, temporary, interruption);
  } finally {
    clean();
  }
}

/** Brings everything up, then tells the story and serves as the options say. Returns the exit code. */
async function run(options: Options, keeps: boolean, temporary: string, interruption: Interruption): Promise<number> {
  // Lines wider than the terminal cannot be changed in place.
  const live = process.stdout.isTTY && process.stdout.columns >= 80 && !options.exit;
  const step = createSteps(print, process.stdout.isTTY && process.stderr.isTTY ? process.stderr : undefined);
  const parts = await prepare({ temporary, data: keeps ? FILES.data : undefined }, step, interruption.signal);
  const listener = createListener(print, options.exit ? undefined : FILES.log);
  const { run, stop } = await bringUp(parts, step, {
    on: listener.on,
    // Nobody reads the calls here, and this may run for weeks.
    rememberedCalls: 1,
    ports: options.exit ? {} : { gateway: options.port, aws: options.awsPort },
    ...(keeps && { folder: FOLDER }),
    ...(options.tls && { tls: options.tls }),
  });
  try {
    const endpoint = await registerDemoEndpoint(run, options.exit ? undefined : earlierToken(FILES.endpoint));
    let told: StoryResult | undefined;
    if (options.demo && (await hasReceivedNothing(run))) {
      told = await tellStory(run, endpoint, listener, print, live);
      if (!told) return 1;
    } else if (options.demo) {
      print('');
      print(`${relative(PROJECT, FOLDER)}/ holds data from earlier runs, and the story needs empty tables:`);
      print('npm start -- --reset deletes the data, npm start -- --exit runs beside this one');
    }
    if (options.exit) {
      print('');
      for (const line of afterwards()) print(line);
      return 0;
    }
    await serve({
      run,
      endpoint,
      options,
      told,
      print,
      onListening: interruption.noMore,
      onServing: () => listener.speak(told !== undefined),
    });
    return 0;
  } finally {
    await stop();
  }
}

interface Interruption {
  signal: AbortSignal;
  noMore(): void;
}

/**
 * Until the run serves and can end in order, Ctrl-C ends it at once. What it started ends with it, and its files are
 * removed.
 */
function untilServing(clean: () => void): Interruption {
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
  const explained = explain(error);
  console.error(explained instanceof ExplainedError ? explained.message : explained);
  if (error instanceof OptionError) console.error('See npm start -- --help');
  process.exitCode = error instanceof OptionError ? 2 : 1;
}

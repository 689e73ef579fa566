import { closeSync, openSync, writeFileSync } from 'node:fs';
import { CLEAR_LINE } from '../cli/simulate/progress.ts';
import { explain } from '../local/explain.ts';
import { HELP, OptionError, readOptions } from './options.ts';
import { describeReport, reportOf } from './report.ts';
import { NotStartedError, soak } from './soak.ts';

/** Where lines are kept, one a minute is enough to show that it continues, ms. */
const LINES_MS = 60_000;

function createProgress(): (text: string) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (text) => {
    if (process.stderr.isTTY) return void process.stderr.write(`${CLEAR_LINE}${text} …`);
    if (performance.now() - last < LINES_MS) return;
    last = performance.now();
    process.stderr.write(`${text}\n`);
  };
}

function openForWriting(option: string, file: string): number {
  try {
    return openSync(file, 'w');
  } catch (error) {
    throw new OptionError(
      `${option} ${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

async function main(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  // Open the files now, so that an error shows at once and not after an hour.
  const json = options.json === undefined ? undefined : openForWriting('--json', options.json);
  if (options.log !== undefined) closeSync(openForWriting('--log', options.log));
  const stopping = new AbortController();
  // A second Ctrl-C ends it at once, together with its processes.
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stopping.abort());
  try {
    const soaked = await soak(options, { stop: stopping.signal, progress: createProgress() });
    const report = reportOf(soaked, options);
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, undefined, 2)}\n`);
    if (process.stderr.isTTY) process.stderr.write(CLEAR_LINE);
    process.stdout.write(`${describeReport(report)}\n`);
    return report.flat && report.whole ? 0 : 1;
  } finally {
    if (process.stderr.isTTY) process.stderr.write(CLEAR_LINE);
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof OptionError) console.error(`${error.message}\nSee npm run soak -- --help`);
  else console.error(error instanceof NotStartedError ? error.message : explain(error));
  process.exitCode = error instanceof OptionError ? 2 : 1;
}

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explain } from '../local/explain.ts';
import { ExplainedError } from '../local/explained-error.ts';
import { synthesize } from '../local/stack/synthesize.ts';
import { type Findings, measure } from './measure.ts';
import { HELP, OptionError, type Options, readOptions } from './options.ts';
import { checkWritable } from './outputs.ts';
import { asJson, readJson, report } from './report.ts';

const progress = (line: string) => console.error(line);

async function main(options: Options): Promise<void> {
  if (options.help) return console.log(HELP);
  checkWritable(options);
  const measured = options.from === undefined;
  const findings = measured ? await measureAll(options) : readJson(textOf(options.from ?? ''), options.parts);
  // Before writing any file: an hour's measurements must not be lost to a full disk.
  process.stdout.write(report(findings));
  if (options.json !== undefined) writeFileSync(options.json, asJson(findings));
  if (options.plots !== undefined) drawAll(findings, options.plots);
  if (measured && Object.keys(findings.failed).length > 0) process.exitCode = 1;
}

/** Throws ExplainedError where there is no such file. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ExplainedError(`The file of --from cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

function drawAll({ parts }: Findings, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const { plots } of Object.values(parts))
    for (const [name, svg] of Object.entries(plots)) writeFileSync(join(folder, `${name}.svg`), svg);
}

async function measureAll(options: Options): Promise<Findings> {
  const folder = mkdtempSync(join(tmpdir(), 'nbwatch-bench-'));
  const clean = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  const interrupted = () => {
    clean();
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, interrupted);
  try {
    progress('synthesizing the stack');
    const assembly = await synthesize(join(folder, 'stack'));
    return await measure(options.parts, { assembly, folder, pace: options.pace, progress });
  } finally {
    clean();
  }
}

try {
  await main(readOptions(process.argv.slice(2)));
} catch (error) {
  const explained = explain(error);
  console.error(explained instanceof ExplainedError ? explained.message : explained);
  if (error instanceof OptionError) console.error('See npm run bench -- --help');
  process.exitCode = error instanceof OptionError ? 2 : 1;
}

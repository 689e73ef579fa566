import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explain } from '../local/explain.ts';
import { ExplainedError } from '../local/explained-error.ts';
import { synthesize } from '../local/stack/synthesize.ts';
import { measure } from './measure.ts';
import { HELP, OptionError, type Options, readOptions } from './options.ts';
import { asJson, report } from './report.ts';

const progress = (line: string) => console.error(line);

async function main(options: Options): Promise<void> {
  if (options.help) return console.log(HELP);
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
    const findings = await measure(options.parts, { assembly, folder, pace: options.pace, progress });
    if (options.json !== undefined) writeFileSync(options.json, asJson(findings));
    process.stdout.write(report(findings));
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

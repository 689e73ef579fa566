import { join } from 'node:path';
import type { Command } from 'commander';
import type { Tables } from '../../functions/questions/query.ts';
import { CliError, EXIT, nextStep } from '../errors.ts';
import { type Asked, allRows, sharesOf, type Written, writeShares } from '../export/days.ts';
import { openFolder } from '../export/folder.ts';
import { asText, FORMATS, type Format } from '../export/format.ts';
import { IMAGES, JOBS, type Kind, type Narrowing } from '../export/kind.ts';
import { type Progress, showCount, startProgress } from '../export/progress.ts';
import {
  type CommonOptions,
  choosing,
  common,
  type RangeOptions,
  ranged,
  rangeOf,
  readName,
  readStatuses,
} from '../options.ts';
import type { Streams } from '../program.ts';
import { withSession } from '../session.ts';

interface ExportOptions extends CommonOptions, RangeOptions, Narrowing {
  primary?: string;
  format: Format;
  out: string;
  again?: boolean;
}

const STDOUT = '-';

const HELP = `
Each file holds a whole day (UTC, by time of receipt) of one primary: jobs/day=2026-11-03/berlin.parquet. Files of days that
were over are left as they are, so the same command resumes after an interruption; --again writes them again. With --out -,
rows of exactly the time asked for go to standard output. --json prints a summary of what was done as JSON.
docs/export.md describes the columns, and what an export means while jobs still change.
`;

export function addExportCommands(program: Command, streams: Streams): void {
  const exporting = program
    .command('export')
    .description('jobs and the history of images as CSV, JSON Lines or Parquet files');

  exported(exporting.command('jobs'))
    .description('jobs as they are now, by the day on which their state was received')
    .option('--policy <name>', 'only this policy', readName)
    .option('--status <codes>', 'only jobs that are done with one of these status codes: 1,41,150-160', readStatuses)
    .addHelpText(
      'after',
      `${HELP}
Examples:
  npx nbwatch export jobs --from 2026-11-01 --to 2026-12-01 --format parquet --out november
  npx nbwatch export jobs --since 90d --client sql01 --format csv --out - > sql01.csv`,
    )
    .action((options: ExportOptions) => run(JOBS, options, streams));

  exported(exporting.command('images'))
    .description('image events, by the day on which they were received')
    .addHelpText(
      'after',
      `${HELP}
Examples:
  npx nbwatch export images --since 90d --format parquet --out history
  npx nbwatch export images --from 2026-11-23 --format jsonl --out - | jq .entry.backupId`,
    )
    .action((options: ExportOptions) => run(IMAGES, options, streams));
}

function exported(command: Command): Command {
  return ranged(common(command))
    .addOption(choosing('--format <format>', 'the format of the files', FORMATS).makeOptionMandatory())
    .requiredOption('--out <folder>', 'the folder to write to; - for standard output (csv and jsonl only)')
    .option('--primary <name>', 'only this primary', readName)
    .option('--client <name>', 'only this client', readName)
    .option('--again', 'write all files again: jobs may have changed since');
}

async function run<T>(kind: Kind<T>, options: ExportOptions, streams: Streams): Promise<void> {
  const { format, out, json, client, policy, status } = options;
  if (out === STDOUT && format === 'parquet')
    throw new CliError('Parquet cannot go to standard output.', 'Name a folder with --out.', EXIT.usage);
  if (out === STDOUT && json)
    throw new CliError(
      '--out - prints the rows themselves, so it cannot be used with --json.',
      'Leave --json out; --format jsonl prints rows as JSON.',
      EXIT.usage,
    );
  const only: Narrowing = {
    ...(client !== undefined && { client }),
    ...(policy !== undefined && { policy }),
    ...(status !== undefined && { status }),
  };
  await withSession(options, streams, async ({ tables, primaries, now }) => {
    const range = rangeOf(options, now);
    const ask = { kind, tables, range, only, now, primaries: await primaries(options.primary) };
    await untilInterrupted(async (signal) => {
      const asked = { ...ask, signal };
      if (out !== STDOUT) await toFolder(asked, join(out, kind.name), options, streams);
      else if (format !== 'parquet')
        for await (const text of asText(format, kind.columns, allRows(asked))) await streams.out(text);
    });
  });
}

async function toFolder<T>(asked: Asked<T>, path: string, options: ExportOptions, streams: Streams): Promise<void> {
  const { kind, tables, only } = asked;
  const { format, again, json } = options;
  const folder = openFolder(path, format, { format, records: tables.records, ...only });
  const shares = sharesOf(asked);
  const missing = again ? shares : shares.filter((share) => !folder.has(share));
  const progress = startProgress(missing.length, process.stderr.isTTY ? streams.err : undefined);
  const written: Written = { files: 0, unfinished: 0 };
  let leftOut = 0;
  const onUnreadable: Tables['onUnreadable'] = (item) => {
    leftOut += 1;
    progress.clear();
    tables.onUnreadable(item);
  };
  try {
    await writeShares(missing, { ...asked, tables: { ...tables, onUnreadable } }, folder, format, progress, written);
  } catch (error) {
    const files = `after ${written.files} of ${missing.length} files`;
    const next = again ? 'The same command starts from the beginning.' : 'The same command goes on where it stopped.';
    if (asked.signal.aborted) throw new CliError(`The export was interrupted ${files}.`, next);
    throw new CliError(`The export stopped ${files}. ${error}`, `${nextStep(error) ?? 'Fix the cause.'} ${next}`);
  } finally {
    progress.clear();
  }
  const alreadyThere = shares.length - missing.length;
  if (json)
    streams.out(`${JSON.stringify({ folder: path, rows: progress.rows, ...written, alreadyThere, leftOut })}\n`);
  else streams.err(summary(kind.name, path, progress, written, alreadyThere));
}

function summary(
  name: string,
  path: string,
  { rows }: Progress,
  { files, unfinished }: Written,
  alreadyThere: number,
): string {
  const there =
    alreadyThere > 0 ? `; ${showCount(alreadyThere)} ${alreadyThere === 1 ? 'file' : 'files'} existed already` : '';
  const open = unfinished > 0 ? `; ${unfinished} of them for a day that is not over` : '';
  return `Exported ${showCount(rows)} ${name} in ${showCount(files)} ${files === 1 ? 'file' : 'files'} to ${path}${open}${there}.\n`;
}

/** The first Ctrl-C stops the work in an orderly way, the second one at once. */
async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort(new Error('It was interrupted.'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    await work(interrupted.signal);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { isoDay } from '../../functions/keys/indexes.ts';
import { CliError } from '../errors.ts';
import { type Filters, filtered } from '../filters.ts';
import { type CommonOptions, common, type RangeOptions, ranged, rangeOf, wholeNumber } from '../options.ts';
import type { Streams } from '../program.ts';
import { withSession } from '../session.ts';
import { jsonLine } from '../table.ts';

interface ReportOptions extends CommonOptions, RangeOptions, Pick<Filters, 'primary'> {
  out?: string;
  young: number;
}

const HELP = `
One HTML file with nothing to load: open it, print it, send it. docs/report.md says what is in it and how it is counted.
--json prints the same as one JSON object, by docs/report.schema.json.

Examples:
  npx nbwatch report
  npx nbwatch report --since 7d --primary berlin --out berlin.html
  npx nbwatch report --since 90d --json > quarter.json`;

export function addReportCommand(program: Command, streams: Streams): void {
  const command = ranged(common(program.command('report')), 'received', '30d').description(
    'how backups went in some time, as one HTML file or as JSON',
  );
  filtered(command, 'primary')
    .option('--out <file>', 'where to write it (default: nbwatch-report-<day>.html; - is standard output)')
    .option(
      '--young <percent>',
      'below which share of the usual age a deleted image is young, as in nbwatch:deletedAgePercent',
      wholeNumber(1),
      50,
    )
    .addHelpText('after', HELP)
    .action((options: ReportOptions) =>
      withSession(options, streams, async ({ tables, now, primaries }) => {
        // Only this command needs what plots are drawn with.
        const [{ reportOf }, { createReportQuestions }] = await Promise.all([
          import('../../functions/report/report-of.ts'),
          import('../../functions/report/questions.ts'),
        ]);
        const scope = { primaries: await primaries(options.primary), range: rangeOf(options, now), now };
        const progress = (text: string) => {
          if (process.stderr.isTTY) streams.err(`${text} …\n`);
        };
        const ask = createReportQuestions(tables, now);
        const report = await reportOf(ask, { ...scope, youngPercent: options.young }, progress);
        const { json = false, out = json ? STANDARD_OUTPUT : `nbwatch-report-${isoDay(scope.range.to)}.html` } =
          options;
        const text = json ? jsonLine(report) : (await import('../../functions/report/page.ts')).renderReport(report);
        if (out === STANDARD_OUTPUT) {
          await streams.out(text);
          return;
        }
        write(out, text);
        streams.err(
          `Wrote ${out}.${json ? '' : ' Open it in a browser; it loads nothing, so it can be sent as it is.'}\n`,
        );
      }),
    );
}

const STANDARD_OUTPUT = '-';

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new CliError(
      `The report could not be written to ${file}: ${error instanceof Error ? error.message : String(error)}`,
      'Name a file in a folder that is there and may be written to, with --out; or --out - for standard output.',
    );
  }
}

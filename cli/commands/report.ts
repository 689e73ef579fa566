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
Writes one HTML file that loads nothing else: open it, print it, send it. docs/report.md says what is in it and how it is counted.
--json prints the same as one JSON object; docs/report.schema.json describes it.

Examples:
  npx nbwatch report
  npx nbwatch report --since 7d --primary berlin --out berlin.html
  npx nbwatch report --since 90d --json > quarter.json`;

export function addReportCommand(program: Command, streams: Streams): void {
  const command = ranged(common(program.command('report')), 'received', '30d').description(
    'how backups went over a period, as one HTML file or as JSON',
  );
  filtered(command, 'primary')
    .option('--out <file>', 'the file to write (default: nbwatch-report-<day>.html; - for standard output)')
    .option(
      '--young <percent>',
      'percentage of the usual age below which a deleted image is young, as in nbwatch:deletedAgePercent',
      wholeNumber(1),
      50,
    )
    .addHelpText('after', HELP)
    .action((options: ReportOptions) =>
      withSession(options, streams, async ({ tables, now, primaries }) => {
        // Only this command needs the plotting libraries.
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
          `Wrote ${out}.${json ? '' : ' Open it in a browser; it loads nothing else, so it can be sent as it is.'}\n`,
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
      'With --out name a file in an existing folder that you may write to, or use --out - for standard output.',
    );
  }
}

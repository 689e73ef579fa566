import type { Command } from 'commander';
import { merge } from '../../functions/questions/merge.ts';
import { type Series, seriesFailing, seriesWithoutUsableRunSince } from '../../functions/questions/series.ts';
import { orderBy } from '../../functions/records/order.ts';
import { type CommonOptions, common, readAge } from '../options.ts';
import { showTime } from '../output.ts';
import type { Streams } from '../program.ts';
import { withSession } from '../session.ts';

/** Of series that are equal in this, those of the primary whose name comes first come first. */
const longestWithoutFirst = orderBy<Series>(({ lastUsableAt }) => lastUsableAt);

interface SeriesOptions extends CommonOptions {
  primary?: string;
  failing?: boolean;
  without: number;
}

export function addSeriesCommand(program: Command, streams: Streams): void {
  common(program.command('series'))
    .description('backups that repeat: client, policy, schedule type and job type; longest without a usable run first')
    .option('--failing', 'only those whose last runs failed')
    .option('--without <age>', 'only those without a usable run for this long: 26h, 8d', readAge, 0)
    .option('--primary <name>', 'only of this primary')
    .addHelpText('after', '\nExamples:\n  nbwatch series --failing\n  nbwatch series --without 26h')
    .action((options: SeriesOptions) =>
      withSession(options, streams, async ({ tables, now, print, primaries }) => {
        const names = await primaries(options.primary);
        const find = (primary: string) =>
          options.failing
            ? seriesFailing(tables, primary, now)
            : seriesWithoutUsableRunSince(tables, primary, now - options.without, now);
        await print(
          merge(names.map(find), longestWithoutFirst),
          ({ primary, clientName, policyName, scheduleType, jobType, streak, lastStatus, lastUsableAt }) => ({
            primary,
            client: clientName,
            policy: policyName,
            schedule: scheduleType,
            type: jobType,
            'failures in a row': streak,
            'last status': lastStatus,
            'last usable (UTC)': lastUsableAt === 0 ? 'never' : showTime(lastUsableAt),
          }),
          'No such series.',
        );
      }),
    );
}

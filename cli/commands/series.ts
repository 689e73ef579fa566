import type { Command } from 'commander';
import { merge } from '../../functions/questions/merge.ts';
import { type Series, seriesFailing, seriesWithoutUsableRunSince } from '../../functions/questions/series.ts';
import { orderBy } from '../../functions/records/order.ts';
import { showStatus } from '../cells.ts';
import { type Filters, filtered, isAmong, isNamed, noneOf } from '../filters.ts';
import { type CommonOptions, examples, readAge, tabular } from '../options.ts';
import { showTime } from '../output.ts';
import type { Streams } from '../program.ts';
import { type Session, withSession } from '../session.ts';
import { type Columns, cut } from '../table.ts';

/** Series that are equal in this come in the order of their primaries' names. */
const longestWithoutFirst = orderBy<Series>(({ lastUsableAt }) => lastUsableAt);

interface SeriesOptions extends CommonOptions, Filters {
  failing?: boolean;
  without?: number;
}

const COLUMNS: Columns<Series> = {
  primary: ({ primary }) => primary,
  client: ({ clientName }) => cut(clientName),
  policy: ({ policyName }) => cut(policyName),
  schedule: ({ scheduleType }) => scheduleType,
  type: ({ jobType }) => jobType,
  streak: ({ streak }) => ({ text: streak, colour: streak > 0 ? 'red' : undefined }),
  status: ({ lastStatus }) => showStatus(lastStatus),
  'last usable (UTC)': ({ lastUsableAt }) => (lastUsableAt === 0 ? 'never' : showTime(lastUsableAt)),
};

export function addSeriesCommand(program: Command, streams: Streams): void {
  filtered(tabular(program.command('series')), 'client', 'policy', 'status', 'primary')
    .description('recurring backups: client, policy, schedule type and job type; longest without a usable run first')
    .option('--failing', 'only those whose latest runs failed')
    .option('--without <age>', 'only those without a usable run for this long: 26h, 8d', readAge)
    .addHelpText(
      'after',
      '\nstreak: how many runs failed since the last usable one. status and --status: the status of the latest run.\n' +
        examples(
          'npx nbwatch series --failing',
          'npx nbwatch series --without 26h',
          'npx nbwatch series --client sql01 --policy nightly',
        ),
    )
    .action((options: SeriesOptions) =>
      withSession(options, streams, async (session) => {
        const names = await session.primaries(options.primary);
        const series = names.map((primary) => find(session, primary, options));
        await session.print(merge(series, longestWithoutFirst), COLUMNS, noneOf('No such series.', options));
      }),
    );
}

async function* find({ tables, now }: Session, primary: string, asked: SeriesOptions): AsyncGenerator<Series> {
  const { without = 0 } = asked;
  const candidates = asked.failing
    ? seriesFailing(tables, primary, now)
    : seriesWithoutUsableRunSince(tables, primary, now - without, now);
  for await (const series of candidates)
    if (
      isNamed(series.clientName, asked.client) &&
      isNamed(series.policyName, asked.policy) &&
      isAmong(series.lastStatus, asked.status) &&
      series.lastUsableAt <= now - without
    )
      yield series;
}

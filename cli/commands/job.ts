import { type Command, Option } from 'commander';
import { childrenOf, type Job, readJob } from '../../functions/questions/jobs.ts';
import { merge, newestFirst } from '../../functions/questions/merge.ts';
import { type Filters, filtered, noneOf } from '../filters.ts';
import { findJobs, findUnfinished, JOB_COLUMNS, type Listed, longestFirst } from '../jobs.ts';
import {
  type CommonOptions,
  examples,
  moreSince,
  type RangeOptions,
  ranged,
  rangeOf,
  tabular,
  wholeNumber,
} from '../options.ts';
import { showSentTime, showTime } from '../output.ts';
import type { Streams } from '../program.ts';
import { type Session, withSession } from '../session.ts';
import { type Columns, jsonLine } from '../table.ts';

interface JobOptions extends CommonOptions {
  primary?: string;
}
interface JobsOptions extends CommonOptions, Filters, RangeOptions {
  failed?: boolean;
  unfinished?: boolean;
}

/** A job, one of its runs, its parent or a child of it. */
type Related = Listed & { what: 'job' | 'run' | 'parent' | 'child' };

const RELATED_COLUMNS: Columns<Related> = {
  what: ({ what }) => what,
  ...JOB_COLUMNS,
  'start time as sent (read as UTC)': ({ startTime }) => showSentTime(startTime),
};

/** `since`: when the first report about the job after its last end came. */
const UNFINISHED_COLUMNS: Columns<Job> = { 'since (UTC)': ({ since }) => showTime(since ?? 0), ...JOB_COLUMNS };

const JOBS_HELP = `
Jobs are shown as they are now. With --failed, or with --status codes without 0, each failure is shown as it was then, even if the
job was restarted since. With 0 among the --status codes: jobs whose latest run ended with one of the codes.

With --unfinished: jobs that are queued, running or waiting, as last reported. A job whose end was never reported stays in this list.
`;

export function addJobCommands(program: Command, streams: Streams): void {
  filtered(tabular(program.command('job')), 'primary')
    .argument('<id>', 'the job id', wholeNumber(0))
    .description('a job with its runs, parent and children, on every primary that has it')
    .addHelpText('after', examples('npx nbwatch job 144', 'npx nbwatch job 144 --primary berlin --json'))
    .action((jobId: number, options: JobOptions) =>
      withSession(options, streams, async (session) => {
        const { tables, now, print, primaries, notFound } = session;
        const found: Job[] = [];
        for (const primary of await primaries(options.primary)) {
          const job = await readJob(tables, primary, jobId, now);
          if (job) found.push(job);
        }
        if (found.length === 0)
          return notFound(
            `No job ${jobId} ${options.primary ? `of ${options.primary} ` : ''}is known.`,
            'List jobs with: npx nbwatch jobs --since 7d',
          );
        if (!options.json) return print(related(session, found), RELATED_COLUMNS, '');
        for (const job of found) {
          const children = await Array.fromAsync(childrenOf(tables, job.primary, jobId, now));
          await streams.out(jsonLine({ ...job, parent: await parentOf(session, job), children }));
        }
      }),
    );

  filtered(ranged(tabular(program.command('jobs'))), 'client', 'policy', 'status', 'primary')
    .description('jobs, newest first')
    .option('--failed', 'only failures: each time that a job ended with a nonzero status')
    .addOption(
      new Option(
        '--unfinished',
        'only jobs that are not done, whenever they were received; longest unfinished first',
      ).conflicts([...['failed', 'status', 'since', 'from', 'to']]),
    )
    .addHelpText(
      'after',
      JOBS_HELP +
        examples(
          'npx nbwatch jobs --failed',
          'npx nbwatch jobs --unfinished',
          'npx nbwatch jobs --client sql01 --since 7d --json',
          'npx nbwatch jobs --status 1,41,150-160 --policy weekly',
          'npx nbwatch jobs --from 2026-11-01 --to 2026-12-01 --csv > november.csv',
        ),
    )
    .action((options: JobsOptions) =>
      withSession(options, streams, async (session) => {
        const names = await session.primaries(options.primary);
        if (options.unfinished) {
          const jobs = names.map((primary) => findUnfinished(session, primary, options));
          return session.print(merge(jobs, longestFirst), UNFINISHED_COLUMNS, noneOf(noneUnfinished(options), options));
        }
        const range = rangeOf(options, session.now);
        const jobs = names.map((primary) => findJobs(session, primary, range, options));
        await session.print(
          merge(jobs, newestFirst),
          JOB_COLUMNS,
          noneOf(`No such jobs in that time.${moreSince('7d', options)}`, options),
        );
      }),
    );
}

/** Without a filter, no row means that every job is done; with one, only that no unfinished job matches. */
function noneUnfinished({ primary, client, policy }: JobsOptions): string {
  const isFiltered = (primary ?? client ?? policy) !== undefined;
  return isFiltered ? 'No unfinished job matches.' : 'Every reported job is done.';
}

/**
 * Jobs, each followed by its runs (if there are others than the one that the job shows), its parent and its children.
 */
async function* related(session: Session, jobs: readonly Job[]): AsyncGenerator<Related> {
  for (const job of jobs) {
    yield { what: 'job', ...job };
    if (job.runs.some(({ startTime }) => startTime !== job.startTime))
      for (const run of job.runs) yield { what: 'run', ...job, ...run };
    const parent = await parentOf(session, job);
    if (parent) yield { what: 'parent', ...parent };
    for await (const child of childrenOf(session.tables, job.primary, job.jobId, session.now))
      yield { what: 'child', ...child };
  }
}

async function parentOf({ tables, now }: Session, { primary, jobId, parentJobId }: Job): Promise<Job | undefined> {
  return parentJobId === jobId ? undefined : readJob(tables, primary, parentJobId, now);
}

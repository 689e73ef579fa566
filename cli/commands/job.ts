import type { Command } from 'commander';
import {
  childrenOf,
  failuresByDay,
  type Job,
  jobsByDay,
  jobsOfClient,
  jobsOfPolicy,
  readJob,
} from '../../functions/questions/jobs.ts';
import { CliError, EXIT } from '../errors.ts';
import { type CommonOptions, common, type RangeOptions, ranged, rangeOf, wholeNumber } from '../options.ts';
import { type Row, showTime } from '../output.ts';
import type { Streams } from '../program.ts';
import { withSession } from '../session.ts';
import { each } from './image.ts';

interface JobOptions extends CommonOptions {
  primary?: string;
}
interface JobsOptions extends JobOptions, RangeOptions {
  client?: string;
  policy?: string;
  failed?: boolean;
}

/** What a list shows of a job: a failure is listed as it was then, a job as it is now. */
type Listed = Omit<Job, 'runs' | 'facts'>;

function show({ primary, jobId, jobType, state, status, clientName, policyName, receivedAt }: Listed): Row {
  return {
    'received (UTC)': showTime(receivedAt),
    primary,
    job: jobId,
    type: jobType,
    state,
    status: state === 'DONE' ? status : '',
    client: clientName,
    policy: policyName,
  };
}

export function addJobCommands(program: Command, streams: Streams): void {
  common(program.command('job'))
    .argument('<id>', 'the job id', wholeNumber(0))
    .description('a job with its runs, parent and children; on every primary that has it')
    .option('--primary <name>', 'only on this primary')
    .addHelpText('after', '\nExample:\n  nbwatch job 144 --primary berlin')
    .action((jobId: number, options: JobOptions) =>
      withSession(options, streams, async ({ tables, now, print, primaries }) => {
        let found = false;
        for (const primary of await primaries(options.primary)) {
          const job = await readJob(tables, primary, jobId, now);
          if (!job) continue;
          found = true;
          const parent = job.parentJobId === jobId ? undefined : await readJob(tables, primary, job.parentJobId, now);
          const children = await Array.fromAsync(childrenOf(tables, primary, jobId, now));
          if (options.json) {
            streams.out(`${JSON.stringify({ ...job, parent, children })}\n`);
            continue;
          }
          await print([job], show, '');
          if (job.runs.length > 1) await print(job.runs, showRun, '');
          if (parent) await print([parent], (row) => ({ parent: '', ...show(row) }), '');
          if (children.length > 0) await print(children, (row) => ({ child: '', ...show(row) }), '');
        }
        if (!found)
          throw new CliError(`No job ${jobId} is known.`, 'List jobs with: nbwatch jobs --since 7d', EXIT.notFound);
      }),
    );

  ranged(common(program.command('jobs')))
    .description('jobs, newest first')
    .option('--client <name>', 'only of this client')
    .option('--policy <name>', 'only of this policy')
    .option('--failed', 'only jobs that were done with a nonzero status, each time they were')
    .option('--primary <name>', 'only of this primary')
    .addHelpText('after', '\nExamples:\n  nbwatch jobs --failed\n  nbwatch jobs --client sql01 --since 7d --json')
    .action((options: JobsOptions) =>
      withSession(options, streams, async ({ tables, now, print, primaries }) => {
        const names = await primaries(options.primary);
        const range = rangeOf(options, now);
        await print(
          each(names, (primary) => find(primary)),
          show,
          'No jobs in this time.',
        );

        async function* find(primary: string): AsyncGenerator<Listed> {
          const same = (given: string | undefined, name: string) =>
            given === undefined || given.toLowerCase() === name.toLowerCase();
          for await (const job of candidates(primary)) {
            if (same(options.client, job.clientName) && same(options.policy, job.policyName)) yield job;
          }
        }
        // The narrowest question that the indexes answer; the rest is left out here.
        async function* candidates(primary: string): AsyncGenerator<Listed> {
          if (options.failed) {
            for await (const { entry, receivedAt, requestId } of failuresByDay(tables, primary, range, now)) {
              yield { ...entry, parentJobId: entry.parentJobId ?? entry.jobId, primary, receivedAt, requestId };
            }
          } else if (options.client !== undefined) yield* jobsOfClient(tables, primary, options.client, range, now);
          else if (options.policy !== undefined) yield* jobsOfPolicy(tables, primary, options.policy, range, now);
          else yield* jobsByDay(tables, primary, range, now);
        }
      }),
    );
}

function showRun({ startTime, state, status, receivedAt }: Job['runs'][number]): Row {
  return { 'received (UTC)': showTime(receivedAt), 'run (start time as sent)': startTime, state, status };
}

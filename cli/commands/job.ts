import type { Command } from 'commander';
import { takesStatus } from '../../functions/alerts/alert-settings.ts';
import { DONE } from '../../functions/nbwss/job.ts';
import {
  childrenOf,
  failuresByDay,
  type Job,
  jobsByDay,
  jobsOfClient,
  jobsOfPolicy,
  readJob,
} from '../../functions/questions/jobs.ts';
import { merge, newestFirst } from '../../functions/questions/merge.ts';
import {
  type CommonOptions,
  common,
  type RangeOptions,
  ranged,
  rangeOf,
  readStatuses,
  wholeNumber,
} from '../options.ts';
import { type Row, showTime } from '../output.ts';
import type { Streams } from '../program.ts';
import { withSession } from '../session.ts';

interface JobOptions extends CommonOptions {
  primary?: string;
}
interface JobsOptions extends JobOptions, RangeOptions {
  client?: string;
  policy?: string;
  failed?: boolean;
  status?: string;
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
    status: state === DONE ? status : '',
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
      withSession(options, streams, async ({ tables, now, print, primaries, notFound }) => {
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
        if (!found) notFound(`No job ${jobId} is known.`, 'List jobs with: nbwatch jobs --since 7d');
      }),
    );

  ranged(common(program.command('jobs')))
    .description('jobs, newest first')
    .option('--client <name>', 'only of this client')
    .option('--policy <name>', 'only of this policy')
    .option('--failed', 'only jobs that were done with a nonzero status, each time they were')
    .option('--status <codes>', 'only jobs that were done with one of these: 1,41,150-160', readStatuses)
    .option('--primary <name>', 'only of this primary')
    .addHelpText(
      'after',
      '\nExamples:\n  nbwatch jobs --failed\n  nbwatch jobs --client sql01 --since 7d --json\n  nbwatch jobs --status 1,41,150-160 --policy weekly',
    )
    .action((options: JobsOptions) =>
      withSession(options, streams, async ({ tables, now, print, primaries }) => {
        const names = await primaries(options.primary);
        const range = rangeOf(options, now);
        await print(merge(names.map(find), newestFirst), show, 'No jobs in this time.');

        async function* find(primary: string): AsyncGenerator<Listed> {
          for await (const job of candidates(primary)) if (fits(job, options)) yield job;
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

/** Whether a job is one of those asked for. Names count however they are capitalised; a status only once the job is done. */
function fits({ clientName, policyName, state, status }: Listed, asked: JobsOptions): boolean {
  const isSame = (name: string, given = name) => given.toLowerCase() === name.toLowerCase();
  return (
    isSame(clientName, asked.client) &&
    isSame(policyName, asked.policy) &&
    (asked.status === undefined || (state === DONE && takesStatus(asked.status, status)))
  );
}

function showRun({ startTime, state, status, receivedAt }: Job['runs'][number]): Row {
  return { 'received (UTC)': showTime(receivedAt), 'run (start time as sent)': startTime, state, status };
}

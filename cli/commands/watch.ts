import { type Command, Option } from 'commander';
import { meaningOf } from '../../functions/alerts/status-words.ts';
import type { Range } from '../../functions/questions/range.ts';
import { settleInTurn } from '../../functions/runtime/settle.ts';
import { colourOf, SEVERITY_COLOURS } from '../cells.ts';
import { passes } from '../errors.ts';
import { type Filters, filtered } from '../filters.ts';
import { BETWEEN_POLLS_MS, follow, LATE_MS } from '../follow.ts';
import { endedJobs, type Happened, imageEvents, sentMessages } from '../happened.ts';
import type { JobFilters } from '../jobs.ts';
import { type CommonOptions, examples, readAge, tabular } from '../options.ts';
import { showTime } from '../output.ts';
import type { Streams, Wait } from '../program.ts';
import { type Session, withSession } from '../session.ts';
import { type Columns, cut } from '../table.ts';

interface WatchOptions extends CommonOptions, Filters, JobFilters {
  since?: number;
}

const HELP = `
A line for each job that ends, each time NetBackup reports something of an image, and each message that people or programs are
told; Ctrl-C ends it. With a filter no messages are shown: they are about many. Images have a client, but no policy and no status.
What becomes known more than ${LATE_MS / 60_000} minutes after it was received is not shown: npx nbwatch jobs has it.

What it costs: each ${BETWEEN_POLLS_MS / 1000} seconds three queries of an index for each primary server, and one of the messages of the day; each
reads what came in the last minute, once a minute the last ${LATE_MS / 60_000} minutes, and at least half a read unit. --failed asks one query.
${examples(
  'npx nbwatch watch',
  'npx nbwatch watch --failed --since 1h',
  'npx nbwatch watch --client sql01 --policy nightly',
  'npx nbwatch watch --primary berlin --json | jq .event',
)}`;

const COLUMNS: Columns<Happened> = {
  'when (UTC)': ({ at }) => showTime(at),
  primary: (one) => (one.event === 'alert' ? '-' : one.primary),
  what: ({ event }) => event,
  how(one) {
    switch (one.event) {
      case 'job':
        return { text: `status ${one.status}`, colour: one.status === 0 ? 'green' : colourOf(one.status) };
      case 'image':
        return one.entry.operationId;
      case 'alert':
        return { text: one.message.severity, colour: SEVERITY_COLOURS[one.message.severity] };
    }
  },
  which(one) {
    return one.event === 'job' ? one.jobId : one.event === 'image' ? one.entry.backupId : one.message.id;
  },
  detail(one) {
    if (one.event === 'image') return cut(one.entry.clientName);
    if (one.event === 'alert') return cut(one.message.subject);
    const names = [one.clientName, one.policyName].filter(Boolean).join(', ');
    return cut(`${one.jobType} of ${names}${one.status === 0 ? '' : `: ${meaningOf(one.status)}`}`);
  },
};

export function addWatchCommand(program: Command, streams: Streams, wait: Wait): void {
  filtered(tabular(program.command('watch')), 'client', 'policy', 'status', 'primary')
    .description('what happens, as it happens: jobs that end, images, and what people are told')
    .option('--failed', 'only jobs that were done with a nonzero status')
    .addOption(new Option('--since <age>', 'first what came in the last minutes, hours or days').argParser(readAge))
    .addHelpText('after', HELP)
    .action((options: WatchOptions) =>
      withSession(options, streams, async (session) => {
        const stop = new AbortController();
        const end = () => stop.abort();
        process.once('SIGINT', end);
        streams.err(`Following ${session.target.name}. Ctrl-C ends it.\n`);
        try {
          const from = session.now - (options.since ?? 0);
          const events = follow({
            ask: asker(session, options, from),
            ...{ now: Date.now, wait, from, signal: stop.signal, onTrouble: saysOnce(streams) },
          });
          await session.print(events, COLUMNS, 'Nothing happened.');
        } finally {
          process.off('SIGINT', end);
        }
      }),
    );
}

/** How many primaries are asked about at a time. */
const AT_ONCE = 8;

function asker({ tables, primaries }: Session, options: WatchOptions, from: number) {
  const { failed, client, policy, status, primary } = options;
  const messages = sentMessages(tables, from);
  return async (range: Range): Promise<Happened[]> => {
    const now = Date.now();
    const found = await settleInTurn(await primaries(primary), AT_ONCE, async (name) => [
      ...(await endedJobs(tables, name, range, options, now)),
      ...(failed || policy || status ? [] : await imageEvents(tables, name, range, client, now)),
    ]);
    const isNarrow = failed || client || policy || status || primary;
    // Last: what it answers it does not answer again, so nothing may fail after it.
    return [...found.flat(), ...(isNarrow ? [] : await messages(range, now))];
  };
}

/** Says what went wrong, once while it goes wrong in the same way; throws what will not pass by itself. */
function saysOnce({ err }: Streams): (error: unknown) => void {
  let said = '';
  return (error) => {
    if (!passes(error)) throw error;
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    if (why !== said) err(`${why}. Still trying; nothing is lost.\n`);
    said = why;
  };
}

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
Prints a line for each job that ends, each image event, and each message to people or programs, until Ctrl-C. With any filter it
prints no messages: they may be about many jobs. With --policy, --status or --failed it prints no images: they have no policy and
no status.
It does not show what becomes known more than ${LATE_MS / 60_000} minutes after it was received: npx nbwatch jobs has that.

Cost: every ${BETWEEN_POLLS_MS / 1000} seconds, three index queries for each primary server and one query for the messages of the day. Each reads what came in
the last minute, or once a minute the last ${LATE_MS / 60_000} minutes, and costs at least half a read unit. With --failed: one query for each primary.
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
    .description('follow events as they happen: jobs that end, image events, and messages to people')
    .option('--failed', 'only jobs that end with a nonzero status')
    .addOption(
      new Option('--since <age>', 'begin with the last minutes, hours or days: 30m, 24h, 7d').argParser(readAge),
    )
    .addHelpText('after', HELP)
    .action((options: WatchOptions) =>
      withSession(options, streams, async (session) => {
        const stop = new AbortController();
        const end = () => stop.abort();
        process.once('SIGINT', end);
        streams.err(`Following ${session.target.name}. Stop with Ctrl-C.\n`);
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

/** How many primaries are queried at a time. */
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
    // Messages last: they are returned only once, so nothing may fail after they were read.
    return [...found.flat(), ...(isNarrow ? [] : await messages(range, now))];
  };
}

/** Reports an error once while it stays the same. Throws errors that do not pass on their own. */
function saysOnce({ err }: Streams): (error: unknown) => void {
  let said = '';
  return (error) => {
    if (!passes(error)) throw error;
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    if (why !== said) err(`${why}. Still trying; nothing is lost.\n`);
    said = why;
  };
}

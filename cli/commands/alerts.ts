import { randomUUID } from 'node:crypto';
import { type Command, Option } from 'commander';
import * as v from 'valibot';
import { KINDS } from '../../functions/alerts/alert-of.ts';
import { noticeItem, pendingSince, type TestIntent } from '../../functions/alerts/intent.ts';
import { SEVERITIES, type Severity } from '../../functions/alerts/severity.ts';
import { type Message, messagesSent, messagesUnsent, readMessage } from '../../functions/questions/messages.ts';
import { putIfAbsent } from '../../functions/store/items.ts';
import { SEVERITY_COLOURS } from '../cells.ts';
import { whereOf } from '../deployment.ts';
import { CliError, EXIT } from '../errors.ts';
import {
  type CommonOptions,
  choosing,
  common,
  examples,
  type RangeOptions,
  ranged,
  rangeOf,
  readName,
  readTerm,
  tabular,
} from '../options.ts';
import { showTime } from '../output.ts';
import type { Streams, Wait } from '../program.ts';
import { type Session, withSession } from '../session.ts';
import { type Columns, jsonLine, sentence } from '../table.ts';
import { DISMISSAL_COLUMNS, dismiss, dismissalForm, dismissals, undo } from './alerts-dismiss.ts';
import { drop } from './alerts-drop.ts';
import { PENDING_COLUMNS, pending } from './alerts-pending.ts';

interface ListOptions extends CommonOptions, RangeOptions {
  kind?: string;
  severity?: Severity;
}

export function addAlertsCommands(program: Command, streams: Streams, wait: Wait): void {
  const alerts = program.command('alerts').description('messages to people and programs');

  ranged(tabular(alerts.command('list')), 'sent')
    .description('messages not sent yet, then those sent, newest first')
    .addOption(choosing('--kind <kind>', 'only this kind', KINDS))
    .addOption(choosing('--severity <severity>', 'only this severity or worse', SEVERITIES))
    .addHelpText(
      'after',
      examples(
        'npx nbwatch alerts list --since 7d',
        'npx nbwatch alerts list --kind FailureDigest --json',
        'npx nbwatch alerts list --severity critical --from 2026-11-01 --csv',
      ),
    )
    .action((options: ListOptions) =>
      withSession(options, streams, (session) =>
        session.print(
          messages(session, options),
          COLUMNS,
          'No such message was sent in that time. npx nbwatch alerts pending shows what is waiting.',
        ),
      ),
    );

  common(alerts.command('show'))
    .description('a message as it was emailed')
    .argument('<id>', 'the id that alerts list shows')
    .addHelpText('after', examples('npx nbwatch alerts show 1795462413034-8d0c2f61b7a94e5d8d0c2f61b7a94e5d'))
    .action((id: string, options: CommonOptions) =>
      withSession(options, streams, async (session) => {
        const message = await messageOf(session, id);
        if (options.json) await streams.out(jsonLine(message));
        else await streams.out(`${describe(message)}\n\n${emailOf(message)}`);
      }),
    );

  tabular(alerts.command('pending'))
    .description('what has not been sent yet, why, and until when')
    .addHelpText('after', PENDING_HELP)
    .action((options: CommonOptions) =>
      withSession(options, streams, (session) =>
        session.print(pending(session), PENDING_COLUMNS, 'Nothing is waiting: everything has been sent.'),
      ),
    );

  interface DropOptions extends CommonOptions {
    reason: string;
  }
  tabular(alerts.command('drop'))
    .description('give up a message that SNS never accepts; nobody is alerted to what it reports')
    .argument('<id>', 'the id of the message, as alerts pending shows it')
    .requiredOption('--reason <text>', 'why; this is stored with the message', readName)
    .addHelpText('after', DROP_HELP)
    .action((id: string, options: DropOptions) =>
      withSession(options, streams, async (session) => {
        await drop(session, await messageOf(session, id), options.reason, wait);
        const dropped = await messageOf(session, id);
        await session.print([dropped], COLUMNS, '');
        const { alerts } = dropped.snsMessageIds;
        streams.err(
          alerts === undefined
            ? `The message is dropped; nobody is alerted to it. To read it: npx nbwatch alerts show ${id}${whereOf(options)}\n`
            : 'The alerts topic had it already; only the copy for the chat is given up.\n',
        );
      }),
    );

  interface DismissOptions extends CommonOptions {
    reason?: string;
    for: number;
    undo?: boolean;
  }
  tabular(alerts.command('dismiss'))
    .description('say that images were deleted on purpose: for a while, deletions to that extent raise no alert')
    .argument('<id>', 'the id of an ImagesDeleted message, as alerts list shows it')
    .option('--reason <text>', 'why; this is stored with the dismissal', readName)
    .addOption(new Option('--for <age>', 'for how long').argParser(readTerm).default(readTerm('7d'), '7d'))
    .option('--undo', 'end the dismissal of this message')
    .addHelpText('after', DISMISS_HELP)
    .action((id: string, options: DismissOptions) => {
      const { reason } = options;
      if ((reason === undefined) === (options.undo !== true))
        throw new CliError(
          'Dismissing a message needs --reason; ending a dismissal needs --undo.',
          'Give one of them.',
          EXIT.usage,
        );
      return withSession(options, streams, async (session) => {
        if (reason === undefined) {
          await undo(session, id);
          streams.err('From the next minute on, alerts are sent as if nobody had dismissed it.\n');
          return;
        }
        const dismissal = await dismiss(session, await messageOf(session, id), reason, options.for);
        await session.print([dismissalForm(dismissal, session.now)], DISMISSAL_COLUMNS, '');
        const undoing = `npx nbwatch alerts dismiss ${id} --undo${whereOf(options)}`;
        streams.err(
          `Deletions above the threshold, and other clients with nothing left, still raise an alert. To end the dismissal: ${undoing}\n`,
        );
      });
    });

  tabular(alerts.command('dismissed'))
    .description('all dismissals, and until when each is in force')
    .addHelpText('after', examples('npx nbwatch alerts dismissed', 'npx nbwatch alerts dismissed --json'))
    .action((options: CommonOptions) =>
      withSession(options, streams, async (session) =>
        session.print(await dismissals(session), DISMISSAL_COLUMNS, 'Nothing was dismissed.'),
      ),
    );

  interface TestOptions extends CommonOptions {
    note: string;
  }
  common(alerts.command('test'))
    .description('send a test message to all subscribers')
    .option('--note <text>', 'the text of the message', 'Somebody wanted to see whether alerts arrive.')
    .addHelpText(
      'after',
      examples('npx nbwatch alerts test', 'npx nbwatch alerts test --note "Hello from the new Slack channel"'),
    )
    .action((options: TestOptions) =>
      withSession(options, streams, async (session) => {
        await writeTest(session, options.note);
        if (options.json) await streams.out(`${JSON.stringify({ kind: 'Test', note: options.note })}\n`);
        else await streams.out('A test message is on its way: it goes out within a minute.\n');
        streams.err(
          'npx nbwatch alerts list --kind Test shows when it was sent. Only confirmed email addresses get it.\n',
        );
      }),
    );
}

const PENDING_HELP = `
Alerts wait for their turn: simultaneous failures come together in digests, the children of a job come with it, the hourly budget
limits how many messages people get, and alerts that no person receives are sent to programs after a minute. What a silence holds
back is sent once the silence is over.
until: when it is sent at the latest if nothing else comes before; for what a silence holds back, when the silence is over. This is
not known for a message that SNS does not accept, for what this version of nbwatch cannot read, for what a silence holds back for
good or still holds back after it is over, or if another version is deployed.
A message that SNS does not accept is tried again every minute: see the alarm PublishFailures in docs/operations.md.
${examples('npx nbwatch alerts pending', 'npx nbwatch alerts pending --json')}`;

const DISMISS_HELP = `
Until the dismissal ends, twice as many young images as the message counted may vanish in an hour on that primary server without an
alert, and no alert says that the clients it named have nothing left. For a client that is out of service for good:
npx nbwatch expect --retire --client NAME
${examples(
  'npx nbwatch alerts dismiss 1795462413034-8d0c2f61b7a94e5d8d0c2f61b7a94e5d --reason "CHG-1204: moved to new storage" --for 2d',
  'npx nbwatch alerts dismiss 1795462413034-8d0c2f61b7a94e5d8d0c2f61b7a94e5d --undo',
)}`;

const DROP_HELP = `
Only for a message that SNS refuses because of its content, and so would refuse for ever. Fix any other refusal at its cause.
${examples(
  'npx nbwatch alerts drop 1795462413034-8d0c2f61b7a94e5d8d0c2f61b7a94e5d --reason "refused as invalid, told by phone"',
)}`;

/** Messages not sent yet count as of now, so a range that ends earlier has none of them. */
async function* messages({ tables, now }: Session, options: ListOptions): AsyncGenerator<Message> {
  const { kind, severity } = options;
  const range = rangeOf(options, now);
  const bad: readonly string[] = SEVERITIES.slice(severity && SEVERITIES.indexOf(severity));
  const fits = (message: Message) =>
    (kind === undefined || message.kind === kind) && (severity === undefined || bad.includes(message.severity));
  const unsent = range.to >= now ? await messagesUnsent(tables, now) : [];
  yield* unsent.filter(fits);
  // A message that is sent meanwhile is already listed.
  const listed = new Set(unsent.map(({ id }) => id));
  for await (const message of messagesSent(tables, range, now))
    if (fits(message) && !listed.has(message.id)) yield message;
}

async function messageOf({ tables, now }: Session, id: string): Promise<Message> {
  const message = await readMessage(tables, id, now);
  if (message) return message;
  throw new CliError(
    `There is no message ${id}.`,
    'npx nbwatch alerts list and npx nbwatch alerts pending show their ids.',
    EXIT.notFound,
  );
}

async function writeTest({ tables, now }: Session, note: string): Promise<void> {
  const intent = noticeItem<TestIntent>({ kind: 'Test', note, receivedAt: now }, [randomUUID()]);
  await putIfAbsent(tables.client, tables.records, { ...intent, ...pendingSince(now) });
}

const COLUMNS: Columns<Message> = {
  'sent (UTC)': sentWhen,
  kind: ({ kind }) => kind,
  severity: ({ severity }) => ({ text: severity, colour: SEVERITY_COLOURS[severity] }),
  reports: ({ members }) => members.length,
  subject: ({ subject }) => sentence(subject),
  id: ({ id }) => id,
};

function sentWhen({ publishedAt, droppedAt, writtenAt, snsMessageIds }: Message): string {
  if (publishedAt !== undefined) return showTime(publishedAt);
  if (droppedAt === undefined && snsMessageIds.alerts !== undefined)
    return `all but chat, since ${showTime(writtenAt)}`;
  if (droppedAt === undefined) return `not yet, since ${showTime(writtenAt)}`;
  return `${snsMessageIds.alerts === undefined ? 'never' : 'all but chat'}: dropped ${showTime(droppedAt)}`;
}

const rendered = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ Message: v.pipe(v.string(), v.parseJson(), v.object({ email: v.string() })) }),
);

/** The email as it was sent, which ends with the id of the message; the text without it if it cannot be read. */
function emailOf(message: Message): string {
  const read = v.safeParse(rendered, message.rendered);
  return read.success ? read.output.Message.email : message.text;
}

function describe({ subject, publishedAt, droppedAt, dropReason, topics, snsMessageIds }: Message): string {
  if (publishedAt !== undefined || droppedAt === undefined) {
    const to = topics.filter((topic) => snsMessageIds[topic] !== undefined);
    const missing = topics.filter((topic) => snsMessageIds[topic] === undefined);
    const when = publishedAt === undefined ? '' : ` ${showTime(publishedAt)} UTC`;
    const sent = to.length === 0 ? [] : [`Sent${when} to ${to.join(' and ')}`];
    const never = publishedAt === undefined ? 'Not sent yet to' : 'SNS did not accept it for';
    return [`Subject: ${subject}`, ...sent, ...(missing.length > 0 ? [`${never} ${missing.join(' and ')}`] : [])].join(
      '\n',
    );
  }
  const told = snsMessageIds.alerts === undefined ? 'Nobody was alerted' : 'Only the chat did not get it';
  return `Subject: ${subject}\nDropped ${showTime(droppedAt)} UTC: ${dropReason}. ${told}`;
}

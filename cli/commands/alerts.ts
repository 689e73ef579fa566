import { randomUUID } from 'node:crypto';
import { type Command, Option } from 'commander';
import { KINDS } from '../../functions/alerts/alert-of.ts';
import { noticeItem, pendingSince, type TestIntent } from '../../functions/alerts/intent.ts';
import { type Message, messagesSent, messagesUnsent, readMessage } from '../../functions/questions/messages.ts';
import { waitingIntents } from '../../functions/questions/waiting.ts';
import { putIfAbsent } from '../../functions/store/items.ts';
import { CliError, EXIT } from '../errors.ts';
import { type CommonOptions, common, type RangeOptions, ranged, rangeOf } from '../options.ts';
import { type Row, showTime } from '../output.ts';
import type { Streams, Wait } from '../program.ts';
import { type Session, withSession } from '../session.ts';
import { readName } from '../silence-options.ts';
import { drop } from './alerts-drop.ts';
import { showWaiting, unsentRow, waitingRow } from './alerts-pending.ts';

export function addAlertsCommands(program: Command, streams: Streams, wait: Wait): void {
  const alerts = program.command('alerts').description('what people and programs were told');

  interface ListOptions extends CommonOptions, RangeOptions {
    kind?: string;
  }
  ranged(common(alerts.command('list')), 'sent')
    .description('the messages that are not sent yet, then those that were, newest first')
    .addOption(new Option('--kind <kind>', 'only of this kind').choices(KINDS))
    .addHelpText(
      'after',
      '\nExamples:\n  nbwatch alerts list --since 7d\n  nbwatch alerts list --kind FailureDigest --json',
    )
    .action((options: ListOptions) =>
      withSession(options, streams, (session) =>
        session.print(
          messages(session, options),
          show,
          'Nobody was told anything in that time. nbwatch alerts pending shows what waits.',
        ),
      ),
    );

  common(alerts.command('show'))
    .description('a message as it was mailed')
    .argument('<id>', 'the id that alerts list shows')
    .addHelpText('after', '\nExample:\n  nbwatch alerts show 1795462413034-8d0c2f61b7a94e5d8d0c2f61b7a94e5d')
    .action((id: string, options: CommonOptions) =>
      withSession(options, streams, async (session) => {
        const message = await messageOf(session, id);
        if (options.json) streams.out(`${JSON.stringify(message)}\n`);
        else streams.out(`${describe(message)}\n\n${message.text}`);
      }),
    );

  common(alerts.command('pending'))
    .description('what nobody was told of yet, and why')
    .addHelpText('after', PENDING_HELP)
    .action((options: CommonOptions) =>
      withSession(options, streams, ({ tables, now, print }) => {
        async function* rows() {
          for (const message of await messagesUnsent(tables, now)) yield unsentRow(message);
          for await (const waiting of waitingIntents(tables, now)) yield waitingRow(waiting);
        }
        return print(rows(), showWaiting, 'Nothing waits: people and programs were told of everything.');
      }),
    );

  interface DropOptions extends CommonOptions {
    reason: string;
  }
  common(alerts.command('drop'))
    .description('give up a message that SNS never takes: nobody is told what it tells of')
    .argument('<id>', 'the id that alerts pending shows')
    .requiredOption('--reason <text>', 'why; it is kept with the message', readName)
    .addHelpText('after', DROP_HELP)
    .action((id: string, options: DropOptions) =>
      withSession(options, streams, async (session) => {
        await drop(session, await messageOf(session, id), options.reason, wait);
        const dropped = await messageOf(session, id);
        await session.print([dropped], show, '');
        const { alerts } = dropped.snsMessageIds;
        streams.err(
          alerts === undefined
            ? 'Nobody is told of it. The message is kept: nbwatch alerts show names what is in it.\n'
            : 'Alerts had it already; only the copy for the chat is given up.\n',
        );
      }),
    );

  interface TestOptions extends CommonOptions {
    note: string;
  }
  common(alerts.command('test'))
    .description('send a test message to everybody who is subscribed')
    .option('--note <text>', 'what it says', 'Somebody wanted to see whether alerts arrive.')
    .addHelpText('after', '\nExample:\n  nbwatch alerts test --note "Hello from the new Slack channel"')
    .action((options: TestOptions) =>
      withSession(options, streams, async (session) => {
        await writeTest(session, options.note);
        if (options.json) streams.out(`${JSON.stringify({ kind: 'Test', note: options.note })}\n`);
        else streams.out('A test message is on its way: it goes out within a minute.\n');
        streams.err(
          'nbwatch alerts list --kind Test shows when it was sent. An email address must have been confirmed.\n',
        );
      }),
    );
}

const PENDING_HELP = `
What waits for its turn is told when there is room: failures at once come together in digests, the children of a job with it, and
what no person is told goes to programs after a minute. What a silence keeps back is told when it is over.
A message that SNS does not take is tried again each minute: the alarm PublishFailures in docs/operations.md says what to do.

Example:
  nbwatch alerts pending --json`;

const DROP_HELP = `
For a message that SNS refuses as it is, which it would for ever. What else it refuses is mended where it went wrong.

Example:
  nbwatch alerts drop 1795462413034-8d0c2f61b7a94e5d8d0c2f61b7a94e5d --reason "refused as invalid, told by phone"`;

async function* messages({ tables, now }: Session, options: RangeOptions & { kind?: string }): AsyncGenerator<Message> {
  const isOfKind = ({ kind }: Message) => options.kind === undefined || kind === options.kind;
  for (const message of await messagesUnsent(tables, now)) if (isOfKind(message)) yield message;
  for await (const message of messagesSent(tables, rangeOf(options, now), now)) if (isOfKind(message)) yield message;
}

async function messageOf({ tables, now }: Session, id: string): Promise<Message> {
  const message = await readMessage(tables, id, now);
  if (message) return message;
  throw new CliError(
    `There is no message ${id}.`,
    'nbwatch alerts list and nbwatch alerts pending show their ids.',
    EXIT.notFound,
  );
}

async function writeTest({ tables, now }: Session, note: string): Promise<void> {
  const intent = noticeItem<TestIntent>({ kind: 'Test', note, receivedAt: now }, [randomUUID()]);
  await putIfAbsent(tables.client, tables.records, { ...intent, ...pendingSince(now) });
}

function show(message: Message): Row {
  const { id, kind, severity, subject, members } = message;
  return { 'sent (UTC)': sentWhen(message), kind, severity, tells: members.length, subject, id };
}

function sentWhen({ publishedAt, droppedAt, writtenAt, snsMessageIds }: Message): string {
  if (publishedAt !== undefined) return showTime(publishedAt);
  if (droppedAt === undefined) return `not yet, since ${showTime(writtenAt)}`;
  return `${snsMessageIds.alerts === undefined ? 'never' : 'but to the chat'}: dropped ${showTime(droppedAt)}`;
}

function describe({ subject, publishedAt, droppedAt, dropReason, topics, snsMessageIds }: Message): string {
  const sent = publishedAt === undefined ? 'Not sent yet' : `Sent ${showTime(publishedAt)} UTC`;
  if (publishedAt !== undefined || droppedAt === undefined)
    return `Subject: ${subject}\n${sent} to ${topics.join(' and ')}`;
  const told = snsMessageIds.alerts === undefined ? 'Nobody was told' : 'All but the chat were told';
  return `Subject: ${subject}\nDropped ${showTime(droppedAt)} UTC: ${dropReason}. ${told}`;
}

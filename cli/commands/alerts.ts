import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { noticeItem, pendingSince, type TestIntent } from '../../functions/alerts/intent.ts';
import { type Message, messagesByDay, readMessage } from '../../functions/questions/messages.ts';
import { putIfAbsent } from '../../functions/store/items.ts';
import { CliError, EXIT } from '../errors.ts';
import { type CommonOptions, common, type RangeOptions, ranged, rangeOf } from '../options.ts';
import { type Row, showTime } from '../output.ts';
import type { Streams } from '../program.ts';
import { type Session, withSession } from '../session.ts';

export function addAlertsCommands(program: Command, streams: Streams): void {
  const alerts = program.command('alerts').description('what people and programs were told');

  interface ListOptions extends CommonOptions, RangeOptions {
    kind?: string;
  }
  ranged(common(alerts.command('list')))
    .description('the messages of the last time, newest first')
    .option('--kind <kind>', 'only of this kind: JobFailed, JobRecovered, FailureDigest, Quarantined, DailySummary …')
    .addHelpText(
      'after',
      '\nExamples:\n  nbwatch alerts list --since 7d\n  nbwatch alerts list --kind FailureDigest --json',
    )
    .action((options: ListOptions) =>
      withSession(options, streams, ({ tables, now, print }) => {
        const messages = messagesByDay(tables, rangeOf(options, now), now);
        return print(ofKind(messages, options.kind), show, 'Nobody was told anything in that time.');
      }),
    );

  common(alerts.command('show'))
    .description('a message as it was mailed')
    .argument('<id>', 'the id that alerts list shows')
    .addHelpText('after', '\nExample:\n  nbwatch alerts show 1795462413034-8d0c2f61b7a94e5d8d0c2f61b7a94e5d')
    .action((id: string, options: CommonOptions) =>
      withSession(options, streams, async ({ tables, now }) => {
        const message = await readMessage(tables, id, now);
        if (!message)
          throw new CliError(`There is no message ${id}.`, 'nbwatch alerts list shows their ids.', EXIT.notFound);
        if (options.json) streams.out(`${JSON.stringify(message)}\n`);
        else streams.out(`${describe(message)}\n\n${message.text}`);
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

async function writeTest({ tables, now }: Session, note: string): Promise<void> {
  const intent = noticeItem<TestIntent>({ kind: 'Test', note, receivedAt: now }, [randomUUID()]);
  await putIfAbsent(tables.client, tables.records, { ...intent, ...pendingSince(now) });
}

async function* ofKind(messages: AsyncIterable<Message>, kind: string | undefined): AsyncGenerator<Message> {
  for await (const message of messages) if (kind === undefined || message.kind === kind) yield message;
}

function show({ id, kind, severity, subject, members, writtenAt, publishedAt }: Message): Row {
  return {
    'sent (UTC)': publishedAt === undefined ? `not yet, since ${showTime(writtenAt)}` : showTime(publishedAt),
    kind,
    severity,
    tells: members.length,
    subject,
    id,
  };
}

function describe({ subject, publishedAt, topics }: Message): string {
  const when = publishedAt === undefined ? 'Not sent yet' : `Sent ${showTime(publishedAt)} UTC`;
  return `Subject: ${subject}\n${when} to ${topics.join(' and ')}`;
}

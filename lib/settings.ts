import * as v from 'valibot';
import { severity, severityOverride, zone } from '../functions/alerts/alert-settings.ts';
import { SEVERITIES } from '../functions/alerts/severity.ts';
import { ACKNOWLEDGEMENT_PAYLOADS } from '../functions/nbwss/envelope.ts';
import { isCidr } from '../functions/registry/sources.ts';
import { adoptionFaults, STREAM_ARN, TABLE_NAME } from './adoption.ts';
import { environmentFaults } from './alert-settings-of.ts';
import { subscription, subscriptionFaults, subscriptionsOf } from './subscriptions.ts';

/** The prefix of every setting's name, in `cdk.json` under `context` and in `cdk deploy -c nbwatch:name=value`. */
export const SETTING_PREFIX = 'nbwatch:';

/** On the command line every value is text; in `cdk.json` it may be a number. */
const wholeNumber = (min: number, max: number) =>
  v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number))]),
    v.integer(),
    v.minValue(min),
    v.maxValue(max),
  );

const days = (max: number) => v.union([v.literal('forever'), wholeNumber(1, max)]);

/** Several values: a list in `cdk.json`, or text separated by commas on the command line. */
const list = v.union([
  v.array(v.string()),
  v.pipe(
    v.string(),
    v.transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    ),
  ),
]);

const emails = v.pipe(
  list,
  v.array(v.pipe(v.string(), v.email())),
  v.transform((addresses) => [...new Set(addresses)]),
);
const cidrs = v.pipe(list, v.array(v.pipe(v.string(), v.check(isCidr))));

/** Several objects: a list in `cdk.json`, or the same list as JSON text on the command line. */
const objects = <S extends v.GenericSchema>(entry: S) =>
  v.pipe(
    v.union([
      v.array(v.unknown()),
      v.pipe(
        v.string(),
        v.transform((text) => text.trim() || '[]'),
        v.parseJson(),
        v.array(v.unknown()),
      ),
    ]),
    v.array(entry),
  );

/** A host name of two labels or more, in lower case as in certificates and DNS. */
const HOST_NAME = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

const CERTIFICATE_ARN = /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]{1,128}$/;

/** An identifier from AWS or Slack; empty for none. */
const identifier = (form: RegExp) => v.optional(v.union([v.literal(''), v.pipe(v.string(), v.regex(form))]), '');

const flag = v.optional(
  v.union([
    v.boolean(),
    v.pipe(
      v.picklist(['true', 'false']),
      v.transform((text) => text === 'true'),
    ),
  ]),
  true,
);

interface Setting<S extends v.GenericSchema> {
  schema: S;
  /** What it takes, in the words of the error. */
  takes: string;
  /** What it does, in the words of docs/settings.md. */
  meaning: string;
}

function setting<S extends v.GenericSchema>(schema: S, takes: string, meaning: string): Setting<S> {
  return { schema, takes, meaning };
}

/** Every setting of a deployment: the one place that knows its name, its default, what it takes and what it means. */
export const SETTINGS = {
  emails: setting(
    v.optional(emails, []),
    'email addresses, as a list or separated by commas',
    'Who gets errors and worse by email, and the daily summary. SNS asks each address to confirm.',
  ),
  subscriptions: setting(
    v.optional(objects(subscription), []),
    'a list of subscriptions (docs/settings.md, Subscriptions), or the same as JSON text',
    'Who else gets alerts, and which: people by email, programs by HTTPS, SQS and Lambda.',
  ),
  zone: setting(
    v.optional(zone, 'UTC'),
    'a time zone such as Europe/Berlin',
    'The time zone that alerts show beside UTC, and that the hours of the daily summary and of the report are in.',
  ),
  severities: setting(
    v.optional(objects(severityOverride), []),
    'a list of overrides (docs/settings.md, Severities), or the same as JSON text',
    'The severity of a job’s end where nbwatch should not judge it as usual. The first override that fits counts.',
  ),
  alertSingles: setting(
    v.optional(wholeNumber(0, 60), 5),
    'a number from 0 to 60',
    'How many failures within an hour get a message each before nbwatch combines further ones.',
  ),
  alertsPerHour: setting(
    v.optional(wholeNumber(1, 60), 12),
    'a number from 1 to 60',
    'How many messages are mailed in any hour at most. A third of them may be warnings and information; a dozen more may report images that vanish. The chat gets these, and at most as many of its own.',
  ),
  summaryHour: setting(
    v.optional(v.union([v.literal('off'), wholeNumber(0, 23)]), 8),
    'an hour from 0 to 23, or off',
    'When the daily summary is sent.',
  ),
  reportHour: setting(
    v.optional(v.union([v.literal('off'), wholeNumber(0, 23)]), 'off'),
    'an hour from 0 to 23, or off',
    'When nbwatch writes a report of the last 30 days to a bucket of its own, and sends its location to whoever gets the daily summary (docs/report.md).',
  ),
  reportDays: setting(
    v.optional(days(36_500), 400),
    'days from 1 to 36500, or forever',
    'How long these reports are kept.',
  ),
  feedLostMinutes: setting(
    v.optional(wholeNumber(5, 1_440), 15),
    'minutes from 5 to 1440',
    'How long nbwatch may hear nothing of a primary server, neither a message nor a live connection, before it alerts people. If a message was the last sign, this may take 5 minutes more; a connection that breaks without a word can seem alive for 10.',
  ),
  overdueRuns: setting(
    v.optional(wholeNumber(2, 100), 5),
    'a number from 2 to 100',
    'How many usable runs, 13 hours or more apart, a backup must have had before nbwatch reports it as overdue.',
  ),
  overdueGaps: setting(
    v.optional(wholeNumber(1, 20), 2),
    'a number from 1 to 20',
    'How many of its usual gaps, plus 4 hours, a backup may go without a usable run before it is overdue (docs/watching.md).',
  ),
  overdueHours: setting(
    v.optional(wholeNumber(1, 8_784), 26),
    'hours from 1 to 8784',
    'The least time without a usable run after which a backup is overdue, however often it usually runs.',
  ),
  deletedImages: setting(
    v.optional(wholeNumber(0, 100_000), 20),
    'a number from 0 to 100000',
    'How many images of a primary server may be deleted young, or lose their last local copy, in an hour before nbwatch alerts people.',
  ),
  deletedAgePercent: setting(
    v.optional(wholeNumber(1, 100), 50),
    'a percentage from 1 to 100',
    'An image counts as young below this share of the age at which its client’s images are usually deleted.',
  ),
  chatMinSeverity: setting(
    v.optional(severity, 'error'),
    SEVERITIES.join(', '),
    'The least severity that goes to the chat topic, which feeds Slack and Teams.',
  ),
  slackWorkspaceId: setting(
    identifier(/^[0-9A-Z]{1,255}$/),
    'the id of a Slack workspace, such as T0123456789',
    'The workspace that was authorized in the console of Amazon Q Developer in chat applications (AWS Chatbot). Goes with slackChannelId.',
  ),
  slackChannelId: setting(
    identifier(/^[0-9A-Za-z]{1,256}$/),
    'the id of a Slack channel, such as C0123456789',
    'The channel that alerts are shown in; invite Amazon Q to it if it is private. Goes with slackWorkspaceId.',
  ),
  operationsEmails: setting(
    v.optional(emails, []),
    'email addresses, as a list or separated by commas',
    'Who gets an email when nbwatch itself needs attention. SNS asks each address to confirm.',
  ),
  canary: setting(
    flag,
    'true or false',
    'Whether nbwatch reports a failed job to itself every hour, as the primary server canary, to check that people would be alerted (docs/watching.md).',
  ),
  domainName: setting(
    identifier(HOST_NAME),
    'a host name in small letters, such as netbackup.example.com',
    'The host name that primary servers connect to instead of API Gateway’s own (docs/deploying.md). Goes with certificateArn.',
  ),
  certificateArn: setting(
    identifier(CERTIFICATE_ARN),
    'the ARN of a certificate of ACM in the stack’s Region',
    'The certificate of that host name. Goes with domainName.',
  ),
  allowedCidrs: setting(
    v.optional(cidrs, []),
    'address ranges such as 192.0.2.0/24 or 2001:db8::/32, as a list or separated by commas',
    'Which addresses may connect: all of them unless set. A stranger without a token gets nowhere either way.',
  ),
  requestsPerSecond: setting(
    v.optional(wholeNumber(10, 2_500), 500),
    'a number from 10 to 2500',
    'How many connects, messages and disconnects a second the gateway takes from all primary servers together, and twice as many at once. This limits what a flood costs (docs/threat-model.md).',
  ),
  acknowledgementPayload: setting(
    v.optional(v.picklist(ACKNOWLEDGEMENT_PAYLOADS), 'array'),
    ACKNOWLEDGEMENT_PAYLOADS.join(', '),
    'The payload of the answer to a notification: [], {} or no payload. NetBackup does not document it.',
  ),
  deadlineMs: setting(
    v.optional(wholeNumber(500, 1_900), 1_500),
    'milliseconds from 500 to 1900',
    'How long after its arrival a message may still be answered. NetBackup gives up after 2000.',
  ),
  jobDays: setting(
    v.optional(days(36_500), 400),
    'days from 1 to 36500, or forever',
    'How long jobs, their runs and their facts are kept after their receipt.',
  ),
  imageFactDays: setting(
    v.optional(days(36_500), 'forever'),
    'days from 1 to 36500, or forever',
    'How long the history of images is kept after its receipt.',
  ),
  imageRecordDays: setting(
    v.optional(days(36_500), 2_557),
    'days from 1 to 36500, or forever',
    'How long the record of a deleted image is kept after its deletion was reported.',
  ),
  logDays: setting(
    v.optional(
      v.pipe(wholeNumber(1, 3_653), v.picklist([1, 3, 5, 7, 14, 30, 60, 90, 120, 180, 365, 400, 731, 1827, 3653])),
      90,
    ),
    'days, one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 180, 365, 400, 731, 1827, 3653',
    'How long the logs of the functions are kept.',
  ),
  archive: setting(
    v.optional(v.picklist(['governance', 'compliance', 'off']), 'governance'),
    'governance, compliance or off',
    'In which mode of S3 Object Lock the facts of images are archived, if at all (docs/archive.md). Before its time nobody can delete what compliance locks, not even the account’s root user.',
  ),
  archiveDays: setting(
    v.optional(wholeNumber(1, 36_500), 400),
    'days from 1 to 36500',
    'How long each object of the archive is locked after it is written. It then stays until somebody deletes it.',
  ),
  keepData: setting(
    flag,
    'true or false',
    'Whether the tables outlive the stack and are protected from deletion. Set to false only for a trial.',
  ),
  adoptLedger: setting(
    identifier(STREAM_ARN),
    'the ARN of a table’s stream: arn:aws:dynamodb:REGION:ACCOUNT:table/NAME/stream/TIME',
    'The table to use as the Ledger instead of creating one: a table that an earlier stack kept, or that was restored (docs/runbooks.md).',
  ),
  adoptRecords: setting(
    identifier(STREAM_ARN),
    'the ARN of a table’s stream: arn:aws:dynamodb:REGION:ACCOUNT:table/NAME/stream/TIME',
    'The same for Records.',
  ),
  adoptRegistry: setting(
    identifier(TABLE_NAME),
    'the name of a table',
    'The same for the Registry, whose stream nobody reads.',
  ),
} as const;

export type SettingName = keyof typeof SETTINGS;
export type Settings = { [Name in SettingName]: v.InferOutput<(typeof SETTINGS)[Name]['schema']> };

/** Thrown for a setting that is unknown or has a value that it does not take. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

/**
 * Reads the settings from CDK's context and ignores context that is not nbwatch's. Throws one SettingError that names
 * every fault.
 */
export function readSettings(context: Readonly<Record<string, unknown>>): Settings {
  const faults = Object.keys(context)
    .filter((key) => key.startsWith(SETTING_PREFIX) && !Object.hasOwn(SETTINGS, key.slice(SETTING_PREFIX.length)))
    .map(
      (key) =>
        `${key} is no setting; there are ${Object.keys(SETTINGS)
          .map((name) => SETTING_PREFIX + name)
          .join(', ')}`,
    );
  const settings: Record<string, unknown> = {};
  for (const [name, { schema, takes }] of Object.entries(SETTINGS)) {
    const given = context[SETTING_PREFIX + name];
    const read = v.safeParse(schema, given);
    if (read.success) settings[name] = read.output;
    else
      faults.push(`${SETTING_PREFIX}${name} is ${JSON.stringify(given)}; it takes ${takes}${fieldFaults(read.issues)}`);
  }
  if (faults.length === 0) faults.push(...faultsTogether(settings as Settings));
  if (faults.length > 0)
    throw new SettingError(`${faults.join('\n')}\nSettings stand in cdk.json under "context", or follow -c.`);
  return settings as Settings;
}

/** Which fields of objects are wrong, and how: printing the whole list would leave the reader searching. */
function fieldFaults(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues
    .filter(({ path = [] }) => path.length > 1)
    .map((issue) => `; ${v.getDotPath(issue)}: ${issue.message}`)
    .join('');
}

/** What is wrong with the combination of settings that are each valid on their own. */
function faultsTogether(settings: Settings): string[] {
  const { archive, keepData } = settings;
  return [
    ...pairFaults(settings, 'slackWorkspaceId', 'slackChannelId'),
    ...pairFaults(settings, 'domainName', 'certificateArn'),
    ...adoptionFaults(settings),
    ...(archive === 'compliance' && !keepData
      ? [
          `${SETTING_PREFIX}archive=compliance and ${SETTING_PREFIX}keepData=false contradict each other: a trial could not be removed. Set ${SETTING_PREFIX}archive to governance or off`,
        ]
      : []),
    ...subscriptionFaults(subscriptionsOf(settings)).map((fault) => `${SETTING_PREFIX}subscriptions: ${fault}`),
    ...environmentFaults(settings),
  ];
}

/** Faults of two settings that mean nothing without each other. */
function pairFaults(settings: Settings, one: SettingName, other: SettingName): string[] {
  if ((settings[one] === '') === (settings[other] === '')) return [];
  const missing = settings[one] === '' ? one : other;
  return [
    `${SETTING_PREFIX}${one} and ${SETTING_PREFIX}${other} belong together: set both or neither; ${SETTING_PREFIX}${missing} is not set`,
  ];
}

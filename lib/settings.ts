import * as v from 'valibot';
import { ACKNOWLEDGEMENT_PAYLOADS } from '../functions/nbwss/envelope.ts';
import { isCidr } from '../functions/registry/sources.ts';

/** What every setting's name begins with, in `cdk.json` under `context` and in `cdk deploy -c nbwatch:name=value`. */
export const SETTING_PREFIX = 'nbwatch:';

/** On the command line every value is text, in `cdk.json` a number may be one. */
const wholeNumber = (min: number, max: number) =>
  v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number))]),
    v.integer(),
    v.minValue(min),
    v.maxValue(max),
  );

const days = (max: number) => v.union([v.literal('forever'), wholeNumber(1, max)]);

/** Several values: a list in `cdk.json`, separated by commas on the command line. */
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

interface Setting<S extends v.GenericSchema> {
  schema: S;
  /** What it takes, as the error says it. */
  takes: string;
  /** What it does, as the documentation says it. */
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
    'Who is told by email when a job fails. SNS asks each address to confirm.',
  ),
  operationsEmails: setting(
    v.optional(emails, []),
    'email addresses, as a list or separated by commas',
    'Who is told by email when nbwatch itself needs attention. SNS asks each address to confirm.',
  ),
  allowedCidrs: setting(
    v.optional(cidrs, []),
    'address ranges such as 192.0.2.0/24 or 2001:db8::/32, as a list or separated by commas',
    'Which addresses may connect. None: all. A stranger without a token gets nowhere either way.',
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
    'How long the record of a deleted image is kept after the news of its deletion.',
  ),
  logDays: setting(
    v.optional(
      v.pipe(wholeNumber(1, 3_653), v.picklist([1, 3, 5, 7, 14, 30, 60, 90, 120, 180, 365, 400, 731, 1827, 3653])),
      90,
    ),
    'days, one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 180, 365, 400, 731, 1827, 3653',
    'How long the logs of the functions are kept.',
  ),
  keepData: setting(
    v.optional(
      v.union([
        v.boolean(),
        v.pipe(
          v.picklist(['true', 'false']),
          v.transform((text) => text === 'true'),
        ),
      ]),
      true,
    ),
    'true or false',
    'Whether the tables outlive the stack and are protected from deletion. Set to false only for a trial.',
  ),
} as const;

export type SettingName = keyof typeof SETTINGS;
export type Settings = { [Name in SettingName]: v.InferOutput<(typeof SETTINGS)[Name]['schema']> };

/** Thrown for a setting that is unknown or has a value that it does not take. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

/** Reads the settings from CDK's context; other context is not ours. Throws one SettingError that names every fault. */
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
    else faults.push(`${SETTING_PREFIX}${name} is ${JSON.stringify(given)}; it takes ${takes}`);
  }
  if (faults.length > 0)
    throw new SettingError(`${faults.join('\n')}\nSettings stand in cdk.json under "context", or follow -c.`);
  return settings as Settings;
}

import * as v from 'valibot';
import { SEVERITIES } from './severity.ts';

/** Status codes as people write them: `1,41,150-160`. */
const STATUSES = /^\d+(-\d+)?(,\d+(-\d+)?)*$/;

/** Whether a text lists statuses, and no span of it ends before it begins. */
export function isStatusList(text: string): boolean {
  const spans = text.split(',').map((part) => part.split('-').map(Number));
  return STATUSES.test(text) && spans.every(([from = 0, to = from]) => from <= to);
}

/** Whether a status is among `1,41,150-160`. */
export function includesStatus(statuses: string, status: number): boolean {
  return statuses.split(',').some((part) => {
    const [from = 0, to = from] = part.split('-').map(Number);
    return status >= from && status <= to;
  });
}

/** Whether a name is the wanted one, if one is wanted. NetBackup ignores case in the names of clients and policies. */
export function fitsName(wanted: string | undefined, name: string): boolean {
  return wanted === undefined || wanted.toLowerCase() === name.toLowerCase();
}

/** Whether this runtime knows a time zone by this IANA name. */
export function isZone(zone: string): boolean {
  // The default needs no Intl, whose first use waits for its data: a good part of a cold start.
  if (zone === 'UTC') return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

export const severity = v.picklist(SEVERITIES);
export const zone = v.pipe(v.string(), v.check(isZone, 'is no time zone'));

/** Gives a severity to the jobs that fit everything it names. */
export const severityOverride = v.strictObject({
  status: v.optional(v.pipe(v.string(), v.check(isStatusList, 'is no list of statuses such as 1,41,150-160'))),
  jobType: v.optional(v.string()),
  policy: v.optional(v.string()),
  client: v.optional(v.string()),
  severity,
});

/** How many messages people get. */
const alertBudget = v.strictObject({
  /** Failures sent one by one before digests begin. */
  singles: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(60)),
  /**
   * At most how many messages are mailed in any hour. Only a dozen about something critical that is not a job come on
   * top. The chat has as many for itself.
   */
  perHour: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(60)),
});

/** Everything that decides who gets which alert and when, as the stack hands it to functions. */
const alertSettings = v.strictObject({
  /** Beside UTC, times are shown in this zone. */
  zone,
  severities: v.array(severityOverride),
  /** The least severity that any person's subscription to the `alerts` topic takes. */
  mailFrom: severity,
  /** The least severity that the `chat` topic gets. */
  chatFrom: severity,
  budget: alertBudget,
  /** The hour, 0 to 23 in `zone`, of the daily summary; `off` for none. */
  summaryHour: v.union([v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(23)), v.literal('off')]),
});
export type AlertSettings = v.InferOutput<typeof alertSettings>;

/** Reads the environment variable ALERT_SETTINGS. */
export const alertSettingsText = v.pipe(v.string(), v.parseJson(), alertSettings);

/** The settings unless somebody decides otherwise. */
export const DEFAULT_ALERT_SETTINGS: AlertSettings = {
  zone: 'UTC',
  severities: [],
  mailFrom: 'error',
  chatFrom: 'error',
  budget: { singles: 5, perHour: 12 },
  summaryHour: 8,
};

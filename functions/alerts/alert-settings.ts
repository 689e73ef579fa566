import * as v from 'valibot';
import { SEVERITIES } from './severity.ts';

/** Status codes as people write them: `1,41,150-160`. */
const STATUSES = /^\d+(-\d+)?(,\d+(-\d+)?)*$/;

/** Whether every span of statuses ends where it begins, or after. */
export function isStatuses(text: string): boolean {
  const spans = text.split(',').map((part) => part.split('-').map(Number));
  return STATUSES.test(text) && spans.every(([from = 0, to = from]) => from <= to);
}

/** Whether a status is among `1,41,150-160`. */
export function takesStatus(statuses: string, status: number): boolean {
  return statuses.split(',').some((part) => {
    const [from = 0, to = from] = part.split('-').map(Number);
    return status >= from && status <= to;
  });
}

/** A time zone by its IANA name, as this runtime knows it. */
export function isZone(zone: string): boolean {
  // The default. The first use of Intl waits for its data, which is a good part of a cold start.
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

/** Gives a severity to the jobs that fit all that it names. */
export const severityOverride = v.strictObject({
  status: v.optional(v.pipe(v.string(), v.check(isStatuses, 'is no list of statuses such as 1,41,150-160'))),
  jobType: v.optional(v.string()),
  policy: v.optional(v.string()),
  client: v.optional(v.string()),
  severity,
});

/** How many messages people get. */
const alertBudget = v.strictObject({
  /** Failures told one by one before digests begin. */
  singles: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(60)),
  /** Messages to people in any hour at most, whatever happens. */
  perHour: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(60)),
});

/** All that decides who is told what and when, as the stack hands it to functions. */
export const alertSettings = v.strictObject({
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

/** What holds unless somebody decides otherwise. */
export const DEFAULT_ALERT_SETTINGS: AlertSettings = {
  zone: 'UTC',
  severities: [],
  mailFrom: 'error',
  chatFrom: 'error',
  budget: { singles: 5, perHour: 12 },
  summaryHour: 8,
};

import { InvalidArgumentError } from 'commander';
import { isZone } from '../functions/alerts/alert-settings.ts';
import { isActive, nextStart, type Silence } from '../functions/silences/silence.ts';
import { parseWindow } from '../functions/silences/window.ts';
import { CliError, EXIT } from './errors.ts';
import type { CommonOptions } from './options.ts';
import { showTime } from './output.ts';
import { parseTime, readAge } from './times.ts';

/** The options of `nbwatch silence add`. */
export interface AddOptions extends CommonOptions {
  primary?: string;
  client?: string;
  policy?: string;
  jobType?: string;
  status?: string;
  all?: boolean;
  from?: Moment;
  until?: Moment;
  forGood?: boolean;
  every?: string;
  /** UTC if it is not given. */
  zone?: string;
  reason: string;
}

/** A time (epoch ms), or a number of ms after another time. */
export type Moment = { at: number } | { after: number };

/** `2h`, or `2026-11-24T06:00+01:00`. A time without an offset is refused: it could be of any zone. */
export function readMoment(text: string): Moment {
  if (/^\d+[mhd]$/.test(text)) return { after: readAge(text) };
  const time = parseTime(text);
  if (!time?.hasOffset)
    throw new InvalidArgumentError(
      'It takes a duration such as 90m, 2h or 3d, or a time with its offset from UTC, such as 2026-11-24T06:00Z or 2026-11-24T06:00+01:00.',
    );
  return { at: time.at };
}

export function readWindow(text: string): string {
  try {
    parseWindow(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
  return text.trim();
}

export function readZone(text: string): string {
  if (!isZone(text))
    throw new InvalidArgumentError('It takes the IANA name of a time zone, such as Europe/Berlin or UTC.');
  return text;
}

/** Longer than this is meant to be for good, or mistyped. */
const LONGEST_MS = 10 * 366 * 86_400_000;

/** The silence that the options ask for at `now` (epoch ms), without its id. Throws CliError if they make no sense. */
export function silenceOf(options: AddOptions, now: number): Omit<Silence, 'id'> {
  const { primary, client, policy, jobType, status, all = false, forGood = false, every, zone, reason } = options;
  const names = { primary, client, policy, jobType, status };
  const isNarrow = Object.values(names).some((name) => name !== undefined);
  if (isNarrow === all)
    refuse(
      all ? '--all cannot be used with names.' : 'The options do not say which failures to hold back.',
      'Give at least one of --primary, --client, --policy, --job-type and --status, or --all for every failure.',
    );
  if (forGood && options.until) refuse('--for-good and --until cannot be used together.', 'Give one of them.');
  if (!forGood && !options.until && every === undefined)
    refuse(
      'The options do not say when the silence ends.',
      'Give --until 2h or a time, or --every "Sun 02:00-04:00". For a silence without an end, give --for-good.',
    );
  if (zone !== undefined && every === undefined)
    refuse(
      '--zone is the time zone of --every, which is not given.',
      'Leave --zone out, or give --every "Sun 02:00-04:00". A time of --from and --until has its own offset from UTC.',
    );
  const from = options.from ? momentOf(options.from, now) : now;
  const until = options.until && momentOf(options.until, from);
  if (until !== undefined && until <= Math.max(from, now))
    refuse(
      `--until is ${showTime(until)} UTC, which is not after ${until <= now ? 'now' : '--from'}.`,
      'Give a later time, or a duration such as 2h.',
    );
  if (Math.max(from, until ?? from) > now + LONGEST_MS)
    refuse('The time is more than ten years from now.', 'For a silence without an end, give --for-good.');
  const wanted = { reason, createdAt: now, from, until, every, zone: zone ?? 'UTC', ...names };
  if (!isActive({ id: '', ...wanted }, now) && nextStart({ id: '', ...wanted }, now) === undefined)
    refuse('The window of --every does not occur before --until.', 'Give a later --until, or leave --every out.');
  return wanted;
}

function momentOf(moment: Moment, from: number): number {
  return 'at' in moment ? moment.at : from + moment.after;
}

function refuse(message: string, next: string): never {
  throw new CliError(message, next, EXIT.usage);
}

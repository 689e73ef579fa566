import { offsetAt, offsetChange } from './wall-clock.ts';

/** The same hours on some days of each week, by the wall clock. They may reach into the next day. */
export interface WeeklyWindow {
  /** The days on which it begins; 0 is Sunday. */
  days: ReadonlySet<number>;
  /** Minutes of the day; an `end` that is not after `start` is on the next day. */
  start: number;
  end: number;
}

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const DAILY = new Set(DAYS.keys());

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
const WEEK_MINUTES = 7 * DAY_MINUTES;

/**
 * Reads `Sun 02:00-04:00`, `Mon-Fri 12:00-13:00`, `Sat,Sun 22:00-02:00` or `daily 01:00-02:00`. Throws an Error that
 * says what is wrong with the text.
 */
export function parseWindow(text: string): WeeklyWindow {
  const [, days = '', from = '', to = ''] = /^\s*(\S.*?)\s+([\d:]+)\s*-\s*([\d:]+)\s*$/.exec(text) ?? [];
  if (to === '') throw new Error(`"${text}" is no weekly window. It takes days and hours, such as "Sun 02:00-04:00".`);
  const [start, end] = [readTime(from, DAY_MINUTES - 1), readTime(to, DAY_MINUTES)];
  if (start === end) throw new Error(`"${text}" ends when it begins. The whole day is 00:00-24:00.`);
  return { days: readDays(days), start, end };
}

function readDays(text: string): ReadonlySet<number> {
  if (text.toLowerCase() === 'daily') return DAILY;
  return new Set(text.split(',').flatMap(readSpan));
}

/** `Sun`, or `Fri-Mon` with the days between. */
function readSpan(text: string): number[] {
  const [from = '', to = from, ...more] = text.split('-');
  if (more.length > 0) throw new Error(`"${text.trim()}" is no span of days, such as Mon-Fri.`);
  const [first, last] = [readDay(from), readDay(to)];
  return Array.from({ length: ((last - first + 7) % 7) + 1 }, (_, more) => (first + more) % 7);
}

function readDay(text: string): number {
  const name = text.trim().toLowerCase();
  const day = name.length < 3 ? -1 : DAYS.findIndex((whole) => whole.startsWith(name));
  if (day < 0) throw new Error(`"${text.trim()}" is no day: Mon, Tue, Wed, Thu, Fri, Sat, Sun or daily.`);
  return day;
}

function readTime(text: string, latest: number): number {
  const [, hours, minutes] = /^(\d{1,2}):([0-5]\d)$/.exec(text) ?? [];
  const time = Number(hours) * 60 + Number(minutes);
  if (!(time <= latest)) throw new Error(`"${text}" is no time of a day, such as 02:00 or 23:30.`);
  return time;
}

/** Minutes on the wall clock since Sunday, 00:00. */
function wallMinute(zone: string, at: number): number {
  // The epoch was a Thursday.
  return modulo(Math.floor((at + offsetAt(zone, at)) / MINUTE_MS) + 4 * DAY_MINUTES, WEEK_MINUTES);
}

const modulo = (value: number, by: number) => ((value % by) + by) % by;

/**
 * Whether the wall clock is in the window at a time (epoch ms). So a window loses what the clock skips in spring, and
 * has twice what the clock shows twice in autumn.
 */
export function isInWindow({ days, start, end }: WeeklyWindow, zone: string, at: number): boolean {
  const now = wallMinute(zone, at);
  const [day, minute] = [Math.floor(now / DAY_MINUTES), now % DAY_MINUTES];
  if (start < end) return days.has(day) && start <= minute && minute < end;
  return (days.has(day) && start <= minute) || (days.has((day + 6) % 7) && minute < end);
}

/** Offsets change months apart, except on a few days in history; steps this long miss no change. */
const STEP_MS = 6 * 3_600_000;

/** How far ahead the search goes, ms. A window opens in every week except one whose clock skips its hours. */
const SEARCHED_MS = 15 * DAY_MINUTES * MINUTE_MS;

/** The first time after `at` (epoch ms) at which the clock enters or leaves the window; undefined if it never does. */
export function nextChange(window: WeeklyWindow, zone: string, at: number): number | undefined {
  const inside = isInWindow(window, zone, at);
  let time = at;
  while (time < at + SEARCHED_MS) {
    const next = Math.min(nextEdge(window, zone, time), time + STEP_MS);
    time = offsetAt(zone, next) === offsetAt(zone, time) ? next : offsetChange(zone, time, next);
    if (isInWindow(window, zone, time) !== inside) return time;
  }
  return undefined;
}

/** When the clock next shows the start or the end, if nothing changes the clock before. */
function nextEdge({ days, start, end }: WeeklyWindow, zone: string, at: number): number {
  const now = wallMinute(zone, at);
  const edges = [...days].flatMap((day) =>
    [start, end <= start ? end + DAY_MINUTES : end].map((edge) => day * DAY_MINUTES + edge),
  );
  const minutes = Math.min(...edges.map((edge) => modulo(edge - now - 1, WEEK_MINUTES) + 1));
  return at - modulo(at + offsetAt(zone, at), MINUTE_MS) + minutes * MINUTE_MS;
}

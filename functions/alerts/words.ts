/*
 * Words for people. Times of receipt are by the gateway's clock, and shown in UTC and in the zone of the settings.
 * NetBackup's own times are never put into a zone, because nobody knows how many hours ahead they run.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const ORDINALS = 'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth'.split(' ');

/** `third`, `13th` */
export function ordinal(n: number): string {
  return ORDINALS[n - 1] ?? shortOrdinal(n);
}

/** `3rd` */
export function shortOrdinal(n: number): string {
  const tens = n % 100;
  const suffix = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${suffix}`;
}

/** A whole number: `2,000`. Without Intl, for the reason given in `isZone`. */
export function digits(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `98.3 %`, never rounded up, so that one failure in thousands does not read as 100 %. */
export function percent(value: number): string {
  return `${(Math.floor(value * 10 + 1e-9) / 10).toFixed(1)} %`;
}

/** `1 job`, `2,000 jobs` */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${digits(n)} ${n === 1 ? one : many}`;
}

/** `2 days`, `26 hours`, `5 minutes`, `moments`: never rounded up. */
export function duration(ms: number): string {
  if (ms >= 2 * DAY) return counted(Math.floor(ms / DAY), 'day');
  if (ms >= HOUR) return counted(Math.floor(ms / HOUR), 'hour');
  if (ms >= MINUTE) return counted(Math.floor(ms / MINUTE), 'minute');
  return 'moments';
}

/** `2026-11-23 19:33:33 UTC`; with another zone `2026-11-23 19:33:33 UTC (Mon 23 Nov 20:33:33, Europe/Berlin)`. */
export function timeOf(at: number, zone: string): string {
  const utc = `${dateTime(at)} UTC`;
  // Without Intl, for the reason given in `isZone`.
  if (zone === 'UTC') return utc;
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone: zone, hourCycle: 'h23', weekday: 'short', day: 'numeric', month: 'short' },
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit' },
  });
  if (format.resolvedOptions().timeZone === 'UTC') return utc;
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const { weekday, day, month, hour, minute, second } = parts;
  return `${utc} (${weekday} ${day} ${month} ${hour}:${minute}:${second}, ${zone})`;
}

/** A time that NetBackup sent, epoch seconds: as sent, and what it means if NetBackup's clock is right. */
export function sentTimeOf(seconds: number): string {
  if (seconds === 0) return '0 (the job had not started)';
  return `${seconds} (read as UTC ${dateTime(seconds * 1000)}; may run whole hours ahead)`;
}

/** `2026-11-23 19:33:33`, in UTC. */
function dateTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

/**
 * Line breaks, other control characters, and marks that change the direction of text: a name must not add lines of its
 * own.
 */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu;

/** The text with U+FFFD in place of every character that does not belong in a line. */
export function oneLine(text: string): string {
  return text.toWellFormed().replace(UNPRINTABLE, '\ufffd');
}

/** The text, or its beginning and `...` if it has more characters. */
export function clip(text: string, characters: number): string {
  const all = [...text];
  return all.length <= characters ? text : `${all.slice(0, characters - 3).join('')}...`;
}

/** `a`, `a and b`, `a, b and 3 more` */
export function listed(items: readonly string[], most = 3): string {
  const shown = items.slice(0, items.length > most ? most - 1 : most);
  const rest = items.length > shown.length ? [`${items.length - shown.length} more`] : [];
  const all = [...shown, ...rest];
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}

import { counted, digits, duration, percent as ofHundred } from '../alerts/words.ts';
import { type Html, html } from './html.ts';

/** `98.3 %`, or a dash for null. */
export const percent = (value: number | null): string => (value === null ? '–' : ofHundred(value));

/** `2026-11-23 19:33` in UTC, for people and programs. */
export function timeTag(at: number): Html {
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')}</time>`;
}

/** `3 days ago`; `never` for null. */
export function agoOf(at: number | null, now: number, never = 'never'): string {
  return at === null ? never : `${duration(Math.max(0, now - at))} ago`;
}

const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });

/** `1 Nov 2026` */
export const dateOf = (at: number): string => DATE.format(at);

/** `1 Nov 2026 – 30 Nov 2026` */
export function spanOf(from: number, to: number): string {
  const [first, last] = [dateOf(from), dateOf(to)];
  return first === last ? first : `${first} – ${last}`;
}

/** `BACKUP ST_FULL`. Empty types are left out. */
export const kindOf = (...types: readonly (string | null)[]): string => types.filter(Boolean).join(' ');

export { counted, digits, duration };

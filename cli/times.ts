import { InvalidArgumentError } from 'commander';

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `24h` in ms. */
export function readAge(text: string): number {
  const [, count, unit = ''] = /^(\d+)([mhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNIT_MS[unit] ?? Number.NaN);
  if (!(ms > 0)) throw new InvalidArgumentError('It takes a number and m, h or d, such as 30m, 24h or 7d.');
  return ms;
}

const TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(Z|[+-]\d\d:\d\d)?)?$/;

/** A time as a person writes it, and whether it has an offset from UTC. */
export interface Written {
  /** Epoch ms. UTC without an offset; the first moment of the day without a time of day. */
  at: number;
  hasOffset: boolean;
}

/** `2026-11-24`, `2026-11-24T06:00`, `2026-11-24 06:00:12`, `2026-11-24T06:00+01:00`; undefined for any other text. */
export function parseTime(text: string): Written | undefined {
  const [, day = '', time = '00:00', offset] = TIME.exec(text) ?? [];
  const at = Date.parse(`${day}T${time}${offset ?? 'Z'}`);
  // JavaScript takes November 31 for December 1.
  if (Number.isNaN(at) || !new Date(`${day}T00:00Z`).toJSON()?.startsWith(day)) return undefined;
  return { at, hasOffset: offset !== undefined };
}

/** A time, in UTC unless it has an offset, as epoch ms. */
export function readTime(text: string): number {
  const time = parseTime(text);
  if (!time)
    throw new InvalidArgumentError(
      'It takes a day or a time, in UTC unless it has an offset: 2026-11-24, 2026-11-24T06:00, 2026-11-24T06:00+01:00.',
    );
  return time.at;
}

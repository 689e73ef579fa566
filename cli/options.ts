import { type Command, InvalidArgumentError } from 'commander';
import { isStatuses } from '../functions/alerts/alert-settings.ts';
import type { Range } from '../functions/questions/range.ts';
import type { Where } from './deployment.ts';

/** What every command takes. */
export interface CommonOptions extends Where {
  json?: boolean;
}

/** Adds `--local`, `--stack` and `--json`. */
export function common(command: Command): Command {
  return command
    .option('--local', 'ask the one-machine run of this folder')
    .option('--stack <name>', 'ask this deployed stack')
    .option('--json', 'print JSON, one object a line');
}

export interface RangeOptions {
  since?: number;
}

/** Adds `--since`. `what` happened in that time; `usual` is how long it is unless somebody says so. */
export function ranged(command: Command, what: 'received' | 'sent' = 'received', usual = '24h'): Command {
  return command.option(
    '--since <age>',
    `only what was ${what} in the last minutes, hours or days: 30m, 24h, 7d`,
    readAge,
    readAge(usual),
  );
}

/** No nbwatch received anything before. Questions ask day by day, so one about all time must begin somewhere. */
const FIRST_DAY = Date.UTC(2025, 0, 1);

/** The range of `--since` at a time (epoch ms). */
export function rangeOf({ since = 0 }: RangeOptions, now: number): Range {
  return { from: Math.max(FIRST_DAY, now - since), to: now };
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `24h` in ms. */
export function readAge(text: string): number {
  const [, count, unit = ''] = /^(\d+)([mhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNIT_MS[unit] ?? Number.NaN);
  if (!(ms > 0)) throw new InvalidArgumentError('It takes a number and m, h or d, such as 30m, 24h or 7d.');
  return ms;
}

/** `1,41,150-160`, without blanks. */
export function readStatuses(text: string): string {
  const statuses = text.replaceAll(/\s/g, '');
  if (!isStatuses(statuses))
    throw new InvalidArgumentError('It takes status codes and ranges of them, such as 1,41,150-160.');
  return statuses;
}

/** A whole number from `least` up. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || !Number.isSafeInteger(value)) {
      throw new InvalidArgumentError(`It takes a whole number from ${least}.`);
    }
    return value;
  };
}

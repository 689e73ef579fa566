import { type Command, InvalidArgumentError, Option } from 'commander';
import { isStatusList } from '../functions/alerts/alert-settings.ts';
import type { Range } from '../functions/questions/range.ts';
import type { Where } from './deployment.ts';
import { CliError, EXIT } from './errors.ts';
import { showTime } from './output.ts';
import { readAge, readTime } from './times.ts';

export { readAge } from './times.ts';

/** The options of every command. */
export interface CommonOptions extends Where {
  json?: boolean;
  /** Only for commands that print a table. */
  csv?: boolean;
}

/** Adds `--local`, `--stack` and `--json`. */
export function common(command: Command): Command {
  return command
    .option('--local', 'use the one-machine run of this folder')
    .option('--stack <name>', 'use this deployed stack')
    .option('--json', 'print JSON, one object per line');
}

/** Adds the common options and `--csv`, for a command that prints a table. */
export function tabular(command: Command): Command {
  return common(command).addOption(
    new Option('--csv', 'print CSV: the columns of the table, in full').conflicts('json'),
  );
}

/** The end of a help text. */
export function examples(...lines: readonly string[]): string {
  return `\nExample${lines.length > 1 ? 's' : ''}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

export interface RangeOptions {
  since?: number;
  from?: number;
  to?: number;
}

/** Adds `--since`, `--from` and `--to`. `what` happened in that time; `usual` is the default of `--since`. */
export function ranged(command: Command, what: 'received' | 'sent' = 'received', usual = '24h'): Command {
  return (
    command
      .addOption(
        new Option('--since <age>', `only what was ${what} in the last minutes, hours or days: 30m, 24h, 7d`)
          .argParser(readAge)
          .default(readAge(usual), usual)
          .conflicts(['from', 'to']),
      )
      .option(
        '--from <time>',
        `only what was ${what} from this time on: 2026-11-01, 2026-11-01T06:00 (UTC, or +01:00)`,
        readTime,
      )
      .option('--to <time>', `only what was ${what} before this time; without --from, from the beginning`, readTime)
      // Checks the range before any query is made.
      .hook('preAction', (asked) => void rangeOf(asked.opts<RangeOptions>(), Date.now()))
  );
}

/**
 * No nbwatch received anything before this day. Queries go day by day, so a range without a start must begin somewhere.
 */
const FIRST_DAY = Date.UTC(2025, 0, 1);

/** The range that the options ask for, seen from `now` (epoch ms). Throws CliError if it ends before it begins. */
export function rangeOf({ since = 0, from, to }: RangeOptions, now: number): Range {
  if (from === undefined && to === undefined) return { from: Math.max(FIRST_DAY, now - since), to: now };
  if (from !== undefined && from >= Math.min(to ?? now, now))
    throw new CliError(
      `--from is ${showTime(from)} UTC, which is not before ${to === undefined || to > now ? 'now' : '--to'}.`,
      'A day begins at 00:00 UTC, and --to is not included: --from 2026-11-01 --to 2026-11-02 is one day.',
      EXIT.usage,
    );
  // Ends now at the latest: future days hold nothing, and each would cost a query.
  return { from: Math.max(FIRST_DAY, from ?? 0), to: to === undefined ? now : Math.min(to - 1, now) };
}

/** ` To look further back: --since 7d` if `--since` covers less than that. With --from or --to the user knows what is left out. */
export function moreSince(hint: string, { since = 0, from, to }: RangeOptions): string {
  const isLess = from === undefined && to === undefined && since < readAge(hint);
  return isLess ? ` To look further back: --since ${hint}` : '';
}

/** `1,41,150-160`, without blanks. */
export function readStatuses(text: string): string {
  const statuses = text.replaceAll(/\s/g, '');
  if (!isStatusList(statuses))
    throw new InvalidArgumentError('It takes status codes and ranges of them, such as 1,41,150-160.');
  return statuses;
}

/** A duration from now on, a year at most: larger numbers may give a time that cannot be stored. */
export function readTerm(text: string): number {
  const ms = readAge(text);
  if (ms > readAge(LONGEST_TERM)) throw new InvalidArgumentError(`It takes ${LONGEST_TERM} at most.`);
  return ms;
}

const LONGEST_TERM = '366d';

/** Any text but an empty one, which as a name would match nothing, and as a reason say nothing. */
export function readName(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.');
  return text.trim();
}

/** A whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || !Number.isSafeInteger(value)) {
      throw new InvalidArgumentError(`It takes a whole number of at least ${least}.`);
    }
    return value;
  };
}

/** An option that takes one of a few words, in upper or lower case. */
export function choosing(flags: string, description: string, choices: readonly string[]): Option {
  const read = (text: string) => {
    const meant = choices.find((choice) => choice.toLowerCase() === text.toLowerCase());
    if (meant === undefined) throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
    return meant;
  };
  // `choices` is for help and completion; `read` replaces its check, which is case-sensitive.
  return new Option(flags, description).choices(choices).argParser(read);
}

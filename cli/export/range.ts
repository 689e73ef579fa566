import { type Command, InvalidArgumentError } from 'commander';
import type { Range } from '../../functions/questions/range.ts';
import { CliError, EXIT } from '../errors.ts';
import { readAge, rangeOf as since } from '../options.ts';

export interface SpanOptions {
  from?: number;
  to?: number;
  since?: number;
}

/** Adds `--from`, `--to` and `--since`. */
export function spanned(command: Command): Command {
  return command
    .option('--from <moment>', 'what was received from then on: 2026-11-01, or 2026-11-01T06:00Z', readMoment)
    .option('--to <moment>', 'what was received before then; now unless given', readMoment)
    .option('--since <age>', 'instead of --from: what was received in the last hours or days: 24h, 90d', readAge);
}

const MOMENT = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;

/** `2026-11-01`, where that day (UTC) begins, or `2026-11-01T06:00+01:00`, as epoch ms. */
export function readMoment(text: string): number {
  const [, day = ''] = MOMENT.exec(text) ?? [];
  const at = Date.parse(text);
  // JavaScript takes November 31 for December 1.
  if (day === '' || Number.isNaN(at) || !new Date(`${day}T00:00Z`).toJSON()?.startsWith(day))
    throw new InvalidArgumentError(
      'It takes a day (UTC) such as 2026-11-01, or a time with its offset from UTC such as 2026-11-01T06:00Z.',
    );
  return at;
}

/** The span that is asked for, from its first ms to its last, none of it after `now`. Throws CliError for an empty one. */
export function spanOf({ from, to, since: age }: SpanOptions, now: number): Range {
  if ((from === undefined) === (age === undefined))
    throw new CliError(
      from === undefined ? 'Nothing says from when.' : '--from and --since exclude each other.',
      'Give --from 2026-11-01 or --since 90d.',
      EXIT.usage,
    );
  const range = { from: since({ since: age ?? now - (from ?? 0) }, now).from, to: Math.min(now, (to ?? Infinity) - 1) };
  if (range.from > range.to)
    throw new CliError(
      'Nothing was received in that time: it ends before it begins, or is to come.',
      'Give an earlier --from, or a later --to.',
      EXIT.usage,
    );
  return range;
}

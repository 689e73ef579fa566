import { parseArgs } from 'node:util';
import { ExplainedError } from '../local/explained-error.ts';
import type { Pace } from './part.ts';
import { type AnyPart, PARTS } from './parts.ts';

export interface Options {
  help: boolean;
  parts: readonly AnyPart[];
  json: string | undefined;
  /** A file to read figures from, instead of measuring. */
  from: string | undefined;
  /** A folder to draw plots into. */
  plots: string | undefined;
  pace: Pace;
}

export const HELP = `Measures how fast nbwatch is on this machine and what it would cost, beside a floor and a peer, in one run.

Usage: npm run bench -- [parts] [options]

${PARTS.map(({ name, about }) => `  ${name.padEnd(15)} ${about}`).join('\n')}
                  (all parts, when none is named)

  --json FILE     also write every figure to FILE
  --plots FOLDER  also draw the figures, as SVG files in FOLDER
  --from FILE     measure nothing: report and draw the figures that --json wrote to FILE
  --rounds N      measure each thing at most N times (default 5)
  --minutes N     start nothing more of ack after N minutes, if the rounds take longer (default 5)
  --records N     how many records the largest table of query has, a multiple of 100000 (default 1000000)
  --quick         take seconds instead of minutes: shows whether it runs, not how fast it is
  -h, --help      this text

Examples:
  npm run bench                                  everything
  npm run bench -- cold                          only the cold starts
  npm run bench -- ack --minutes 20 --rounds 20 --json ack.json
  npm run bench -- query --records 100000        smaller tables, which load faster
  npm run bench -- ack --quick
  npm run bench -- --from bench.json --plots docs/performance

The floor is a handler that does one conditional PutItem for each entry, and PostToConnection, and nothing else. The peer
is a handler made of middy and Powertools. Ratios compare figures of one round, so they hold on another machine; times do not.
Run nothing else on the machine meanwhile. docs/performance.md says what is measured, and how.

Exit codes: 0 measured, whether targets are met or missed; 1 something could not be measured or written;
2 wrong options.
`;

/** The smallest table has a hundredth of this, and must reach back some days. */
const LEAST_RECORDS = 100_000;

/** Thrown for options that cannot be understood. */
export class OptionError extends ExplainedError {
  override readonly name = 'OptionError';
}

/** Reads the command line. Throws OptionError. */
export function readOptions(argv: readonly string[]): Options {
  const { values, positionals } = parse(argv);
  const unknown = positionals.find((name) => PARTS.every((part) => part.name !== name));
  if (unknown !== undefined)
    throw new OptionError(`There is no part "${unknown}": parts are ${PARTS.map(({ name }) => name).join(', ')}`);
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new OptionError(`--rounds takes a whole number from 1, not ${values.rounds}`);
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new OptionError(`--minutes takes a number above 0, not ${values.minutes}`);
  const records = Number(values.records);
  if (!Number.isInteger(records / LEAST_RECORDS) || records < LEAST_RECORDS)
    throw new OptionError(`--records takes a multiple of ${LEAST_RECORDS}, not ${values.records}`);
  return {
    help: values.help,
    parts: PARTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name)),
    ...{ json: values.json, from: values.from, plots: values.plots },
    pace: { rounds, minutes, records, quick: values.quick },
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        json: { type: 'string' },
        plots: { type: 'string' },
        from: { type: 'string' },
        rounds: { type: 'string' },
        minutes: { type: 'string', default: '5' },
        records: { type: 'string', default: '1000000' },
        quick: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    });
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error));
  }
}

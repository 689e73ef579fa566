import { parseArgs } from 'node:util';
import { ExplainedError } from '../local/explained-error.ts';
import type { AckPlan, Cell } from './ack.ts';

const PARTS = ['ack', 'cold'] as const;
export type Part = (typeof PARTS)[number];

export interface Options {
  help: boolean;
  parts: readonly Part[];
  json: string | undefined;
  ack: AckPlan;
  mapped: AckPlan;
  cold: { rounds: number; startsInRound: number };
}

export const HELP = `Measures what nbwatch takes on this machine, beside a floor and a peer, in one run.

Usage: npm run bench -- [parts] [options]

  ack             from a notification to its acknowledgement, through the gateway, and notifications per second
  cold            from the start of a process to its first acknowledgement, and sizes of bundles
                  (both, when none is named)

  --json FILE     also write every figure to FILE
  --rounds N      how often each thing is measured at most (default 5)
  --minutes N     after how many minutes nothing more of ack is begun, whichever comes first (default 5)
  --quick         seconds instead of minutes: whether it runs, not how fast it is
  -h, --help      this text

Examples:
  npm run bench                                  everything, in six minutes or a little more
  npm run bench -- cold                          only the starts
  npm run bench -- ack --minutes 20 --rounds 20 --json ack.json
  npm run bench -- ack --quick

The floor is a handler that does one conditional PutItem for each entry, and PostToConnection, and nothing else. The peer
is one made of middy and Powertools. Ratios are of figures of one round, so that they hold on another machine; times do not.
Let the machine do nothing else meanwhile. docs/performance.md says what is measured, and how.

Exit codes: 0 measured (targets met or missed), 1 could not be measured, 2 wrong options.
`;

/** Thrown for options that cannot be understood. */
export class OptionError extends ExplainedError {
  override readonly name = 'OptionError';
}

/** More entries at once are not acknowledged within the 29 s of the gateway: one process on one machine holds all tables. */
const MOST_AT_ONCE = 3_200;

const grid = (connections: readonly number[], entries: readonly number[]): Cell[] =>
  entries
    .flatMap((each) => connections.map((count) => ({ connections: count, entries: each })))
    .filter((cell) => cell.connections * cell.entries <= MOST_AT_ONCE);

/** Reads the command line. Throws OptionError. */
export function readOptions(argv: readonly string[]): Options {
  const { values, positionals } = parse(argv);
  const unknown = positionals.find((name) => !isPart(name));
  if (unknown !== undefined) throw new OptionError(`There is no part "${unknown}": parts are ${PARTS.join(' and ')}`);
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new OptionError(`--rounds takes a whole number from 1, not ${values.rounds}`);
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new OptionError(`--minutes takes a number above 0, not ${values.minutes}`);
  const named = positionals.filter(isPart);
  const ack = values.quick
    ? { cells: grid([1], [1]), rounds, seconds: 10, entriesInTurn: 5, messagesInTurn: 5 }
    : {
        cells: grid([1, 8, 32], [1, 10, 100, 900]),
        rounds,
        seconds: minutes * 48,
        entriesInTurn: 400,
        messagesInTurn: 160,
      };
  return {
    help: values.help,
    parts: named.length > 0 ? named : PARTS,
    json: values.json,
    ack,
    mapped: values.quick ? ack : { ...ack, seconds: minutes * 12, cells: grid([1, 8, 32], [1, 10]) },
    cold: { rounds, startsInRound: values.quick ? 1 : 7 },
  };
}

const isPart = (name: string): name is Part => PARTS.some((part) => part === name);

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        json: { type: 'string' },
        rounds: { type: 'string' },
        minutes: { type: 'string', default: '5' },
        quick: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    });
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error));
  }
}

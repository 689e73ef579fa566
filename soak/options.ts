import { parseArgs } from 'node:util';
import { ExplainedError } from '../local/explained-error.ts';

/** How `npm run soak` was called. */
export interface Options {
  minutes: number;
  /** Notifications a second, over all connections. */
  rate: number;
  connections: number;
  /** Where the report goes as JSON. */
  json: string | undefined;
  /** Where the output of the one-machine run goes. */
  log: string | undefined;
  help: boolean;
}

export const HELP = `Sends to a one-machine run of its own at a steady rate, and tells whether anything of it grows or is lost.

Usage: npm run soak -- [options]

It starts the one-machine run in a process of its own, with its data in memory, and a client in another. All the time it looks at the
memory and the open handles of each process, and at how long acknowledgements take. At the end it reads back all that was
acknowledged. Nothing leaves this machine, and a run that is up is not touched. Needs Java 17, and Linux or macOS;
open files and sockets are looked at on Linux only.

  --minutes N      how long it sends (default 60)
  --short          two minutes, to see that it works; too short to find a slow leak
  --rate N         notifications a second (default 10); in the first quarter, to warm up, twice as many
  --connections N  through so many connections (default 5)
  --json FILE      write the report there too, with every sample
  --log FILE       keep there what the one-machine run says
  -h, --help       this text

Examples:
  npm run soak                          an hour
  npm run soak -- --short
  npm run soak -- --minutes 600 --rate 20 --json soak.json

Ctrl-C ends it early, with a report of what was until then.

Exit codes: 0 flat and nothing lost, 1 not, or it did not come to its end, 2 wrong options.
`;

/** Thrown for options that cannot be understood. */
export class OptionError extends ExplainedError {
  override readonly name = 'OptionError';
}

const SHORT_MINUTES = 2;

/** Reads the command line. Throws OptionError. */
export function readOptions(argv: readonly string[]): Options {
  const { minutes, short, rate, connections, json, log, help } = parse(argv);
  if (short && minutes !== undefined) throw new OptionError('--short is --minutes 2: give one of them');
  return {
    minutes: short ? SHORT_MINUTES : numberOf('--minutes', minutes ?? '60', 0.5, 10_080),
    rate: numberOf('--rate', rate ?? '10', 0.1, 1_000),
    connections: wholeOf('--connections', connections ?? '5', 1, 100),
    json,
    log,
    help,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        minutes: { type: 'string' },
        short: { type: 'boolean', default: false },
        rate: { type: 'string' },
        connections: { type: 'string' },
        json: { type: 'string' },
        log: { type: 'string' },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error));
  }
}

function wholeOf(option: string, text: string, least: number, most: number): number {
  if (!/^\d+$/.test(text)) throw new OptionError(`${option} takes a whole number, not ${text}`);
  return numberOf(option, text, least, most);
}

function numberOf(option: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || number < least || number > most)
    throw new OptionError(`${option} takes a number from ${least} to ${most}, not ${text}`);
  return number;
}

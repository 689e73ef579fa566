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

export const HELP = `Sends notifications at a steady rate to a one-machine run of its own, and reports whether anything grows or is lost.

Usage: npm run soak -- [options]

It starts the one-machine run in a process of its own, with its data in memory, and a client in another. Meanwhile it measures the
memory and the open handles of each process, and how long acknowledgements take. At the end it reads back everything that was
acknowledged. Nothing leaves this machine, and a run that is already up is not touched. Needs Java 17, and Linux or macOS;
it looks at open files and sockets on Linux only.

  --minutes N      how long to send (default 60)
  --short          send for two minutes, to see that it works; too short to find a slow leak
  --rate N         notifications a second (default 10); twice as many in the first quarter, to warm up
  --connections N  how many connections to send through (default 5)
  --json FILE      also write the report to FILE, with every sample
  --log FILE       keep the output of the one-machine run in FILE
  -h, --help       this text

Examples:
  npm run soak                          an hour
  npm run soak -- --short
  npm run soak -- --minutes 600 --rate 20 --json soak.json

Ctrl-C ends it early, with a report up to that point.

Exit codes: 0 flat and nothing lost; 1 not, or it was stopped or broke off; 2 wrong options.
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

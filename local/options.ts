import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ExplainedError } from './explained-error.ts';

/** How `npm start` was called. */
export interface Options {
  demo: boolean;
  exit: boolean;
  inMemory: boolean;
  reset: boolean;
  help: boolean;
  port: number;
  awsPort: number;
  /** Certificate and private key (PEM): given, the gateway speaks wss. */
  tls: { cert: Buffer; key: Buffer } | undefined;
}

export const HELP = `Runs nbwatch whole on this machine: the stack that "cdk deploy" would send, on DynamoDB Local and emulators.

Usage: npm start -- [options]

It tells a story first, through a real WebSocket: a night of backups, a failure and its alert, the recovery, images that are
deleted, and all of it sent again. The story is told to empty tables, so only once in .nbwatch/.

  --no-demo       only serve, without the story
  --exit          tell the story, check all that must come of it, and end, keeping nothing: exit code 0 only if all held
  --in-memory     keep nothing between runs (otherwise data stay in .nbwatch/)
  --reset         empty .nbwatch/ first
  --port N        where primary servers connect (default 8080; another free port if it is taken)
  --aws-port N    where AWS clients look in (default 4566; another free port if it is taken)
  --cert FILE     serve wss:// with this certificate (PEM) ...
  --key FILE      ... and its private key (PEM)
  -h, --help      this text

Examples:
  npm start                       the story, then a server with what the story left, that keeps what it gets
  npm start -- --exit             does it work on this machine?
  npm start -- --no-demo --cert cert.pem --key key.pem
                                  something that a NetBackup primary server can connect to

Environment:
  NBWATCH_FOLDER  another folder than .nbwatch/, e.g. for a second run beside the first

Functions run ten at a time, as in a new AWS account; more at once are throttled, and NetBackup hangs up and comes again.

Exit codes: 0 all well, 1 something did not hold or did not start, 2 wrong options.
`;

/** Thrown for options that cannot be understood. */
export class OptionError extends ExplainedError {
  override readonly name = 'OptionError';
}

/** Reads the command line. Throws OptionError. */
export function readOptions(argv: readonly string[]): Options {
  const values = parse(argv);
  if ((values.cert === undefined) !== (values.key === undefined)) throw new OptionError('--cert and --key go together');
  if (values.exit && values['no-demo']) throw new OptionError('--exit tells the story, --no-demo does not: choose one');
  return {
    demo: !values['no-demo'],
    exit: values.exit,
    inMemory: values['in-memory'],
    reset: values.reset,
    help: values.help,
    port: portOf('--port', values.port),
    awsPort: portOf('--aws-port', values['aws-port']),
    tls:
      values.cert && values.key
        ? { cert: readPem('--cert', values.cert), key: readPem('--key', values.key) }
        : undefined,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        'no-demo': { type: 'boolean', default: false },
        exit: { type: 'boolean', default: false },
        'in-memory': { type: 'boolean', default: false },
        reset: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false, short: 'h' },
        port: { type: 'string', default: '8080' },
        'aws-port': { type: 'string', default: '4566' },
        cert: { type: 'string' },
        key: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error));
  }
}

function readPem(option: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new OptionError(
      `${option} ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function portOf(option: string, text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new OptionError(`${option} takes a port from 0 to 65535, not ${text}`);
  return port;
}

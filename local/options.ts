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
  /** Certificate and private key (PEM). With them, the gateway speaks wss. */
  tls: { cert: Buffer; key: Buffer } | undefined;
}

export const HELP = `Runs all of nbwatch on this machine: the stack that "cdk deploy" would send, on DynamoDB Local and emulators.

Usage: npm start -- [options]

First it tells a story through a real WebSocket: a night of backups, a failure and its alert, the recovery, images that
are deleted, and all of it sent again. The story needs empty tables, so .nbwatch/ sees it only once.

  --no-demo       serve without telling the story
  --exit          tell the story, check its results, and end, keeping nothing; exit code 0 only if every check passed
  --in-memory     keep nothing between runs (by default, data stays in .nbwatch/)
  --reset         empty .nbwatch/ first
  --port N        port for primary servers (default 8080; another free port if it is taken)
  --aws-port N    port for AWS clients (default 4566; another free port if it is taken)
  --cert FILE     serve wss:// with this certificate (PEM) ...
  --key FILE      ... and its private key (PEM)
  -h, --help      this text

Examples:
  npm start                       tell the story, then serve what it left and keep what arrives
  npm start -- --exit             check that nbwatch works on this machine
  npm start -- --no-demo --cert cert.pem --key key.pem
                                  serve an endpoint that a NetBackup primary server can connect to

Environment:
  NBWATCH_FOLDER  the folder to use instead of .nbwatch/, e.g. for a second run beside the first

At most ten functions run at a time, as in a new AWS account. Further invocations are throttled: NetBackup then hangs up
and connects again.

Exit codes: 0 success, 1 a check failed or something did not start, 2 wrong options.
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

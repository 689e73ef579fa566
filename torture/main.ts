import '../bin/require-node-24.js';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startDynamoDbLocal } from '../local/dynamodb/dynamodb-local.ts';
import type { Assembly } from '../local/stack/synthesize.ts';
import { check } from './checker/check.ts';
import { writeEvidence } from './evidence-file.ts';
import { BUGS, withBug } from './planted.ts';
import { describePlanted, describeReport, isFound, isProven, type Report, reportOf } from './report.ts';
import { synthesizeForTorture } from './stack.ts';
import { storm } from './storm.ts';

const HELP = `Sends notifications of many primary servers to the stack on this machine while everything fails, and checks that nothing was lost.

Usage: npm run torture -- [options]

  --notifications N  how many notifications to send (default 2000)
  --faults N         how many calls of functions go wrong (default 200); deaths at points that none of these hit come on top
  --primaries N      how many primary servers send (default 10)
  --connections N    connections at once, over all primary servers (default 20): a multiple of their number
  --seed N           decides what is sent and what goes wrong (default 1)
  --planted P        plant the bug of docs/reliability.md for a property (P1 to P8) and check whether it is found; all: one after the other
  --evidence FILE    write everything that the run left behind to FILE, as lines of JSON, whatever the result. It contains the run's tokens
  --json             print the report as JSON
  -h, --help         this text

Examples:
  npm run torture
  NODE_OPTIONS=--max-old-space-size=12000 npm run torture -- --notifications 100000 --faults 2000
  npm run torture -- --planted all --notifications 240 --faults 5
  npm run torture -- --seed 7                    the traffic and the faults of a report with seed 7

A run keeps what it will check in memory. A long run may need more than Node takes on its own, hence NODE_OPTIONS.
The same seed sends the same traffic and makes the same calls fail; how functions interleave depends on the machine.

Exit codes: 0 every property holds, or the planted bug was found; 1 not, or no function died at some call, a fault met no call,
something else that must go wrong did not, or the stack did not come to rest; 2 wrong options; 130 stopped.
`;

/** How often progress is printed when stderr is not a terminal, ms. */
const EVERY_MS = 30_000;

/** From this many notifications on, a run's database is fully compiled and has more memory. */
const LONG = 10_000;

process.exitCode = await main(process.argv.slice(2));

async function main(argv: string[]): Promise<number> {
  const options = read(argv);
  if (options === undefined) return 2;
  if (options === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  const { json, planted, evidence, ...storming } = options;
  const folder = mkdtempSync(join(tmpdir(), 'nbwatch-torture-'));
  const progress = tellProgress();
  const clean = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  const interrupted = () => {
    clean();
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, interrupted);
  try {
    progress('synthesizing the stack');
    const sound = await synthesizeForTorture(folder);
    const tortured = async (assembly: Assembly, everyPoint: boolean): Promise<Report> => {
      progress('starting DynamoDB Local');
      const dynamodb = await startDynamoDbLocal({ large: storming.notifications >= LONG });
      try {
        const dynamo = { url: dynamodb.url, accessKeyId: 'torture' };
        const result = await storm({ assembly, dynamodb: dynamo, progress, everyPoint, ...storming });
        progress('checking');
        if (evidence !== undefined) writeEvidence(evidence, result.evidence);
        return reportOf(storming.seed, storming.notifications, result, check(result.evidence));
      } finally {
        await dynamodb.stop();
        progress('');
      }
    };
    if (planted.length === 0) {
      const report = await tortured(sound, true);
      process.stdout.write(`${json ? JSON.stringify(report) : describeReport(report)}\n`);
      return isProven(report) ? 0 : 1;
    }
    let missed = 0;
    for (const property of planted) {
      const { points: _, untried: __, ...report } = await tortured(await withBug(sound, property), false);
      const found = isFound(report, property);
      if (!found) missed++;
      process.stdout.write(
        `${json ? JSON.stringify({ ...report, planted: property, found }) : describePlanted(report, property)}\n`,
      );
    }
    return missed === 0 ? 0 : 1;
  } finally {
    clean();
  }
}

/** Overwrites one line on a terminal. Elsewhere, adds a line for each new step, and now and then one for the counts. */
function tellProgress(): (text: string) => void {
  if (process.stderr.isTTY) return (text) => void process.stderr.write(`\r\x1b[K${text}`);
  let toldAt = Number.NEGATIVE_INFINITY;
  return (text) => {
    const isNews = !/^\d/.test(text);
    if (text === '' || (!isNews && performance.now() < toldAt + EVERY_MS)) return;
    toldAt = performance.now();
    process.stderr.write(`${text}\n`);
  };
}

function read(argv: string[]) {
  try {
    const { values } = parseArgs({
      args: argv,
      options: {
        notifications: { type: 'string', default: '2000' },
        faults: { type: 'string', default: '200' },
        primaries: { type: 'string', default: '10' },
        connections: { type: 'string', default: '20' },
        seed: { type: 'string', default: '1' },
        planted: { type: 'string' },
        evidence: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return 'help';
    const { notifications, faults, primaries, connections, seed } = values;
    const numbers = Object.entries({ notifications, faults, primaries, connections, seed }).map(([name, text]) => {
      if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} takes a whole number above 0, not "${text}"`);
      return [name, Number(text)];
    });
    type Name = 'notifications' | 'faults' | 'primaries' | 'connections' | 'seed';
    if (Number(connections) % Number(primaries) !== 0)
      throw new Error(
        `--connections takes a multiple of --primaries, ${primaries}: each has as many. Not ${connections}`,
      );
    if (values.planted !== undefined && values.planted !== 'all' && !Object.hasOwn(BUGS, values.planted))
      throw new Error(`--planted takes ${Object.keys(BUGS).join(', ')} or all, not "${values.planted}"`);
    // Now, and not after a run of which this file would be the only trace.
    if (values.evidence !== undefined) closeSync(openSync(values.evidence, 'a'));
    return {
      json: values.json,
      planted: values.planted === 'all' ? Object.keys(BUGS) : [values.planted].filter((one) => one !== undefined),
      evidence: values.evidence,
      ...(Object.fromEntries(numbers) as Record<Name, number>),
    };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\nSee npm run torture -- --help\n`);
    return undefined;
  }
}

import '../bin/require-node-24.js';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startDynamoDbLocal } from '../local/dynamodb/dynamodb-local.ts';
import { check } from './checker/check.ts';
import { BUGS, withBug } from './planted.ts';
import { describeReport, isFound, isProven, reportOf } from './report.ts';
import { synthesizeForTorture } from './stack.ts';
import { storm } from './storm.ts';

const HELP = `Sends notifications of many primary servers to the stack on this machine while everything fails, and proves that nothing was lost.

Usage: npm run torture -- [options]

  --notifications N  how many are sent (default 2000)
  --faults N         how many calls of functions go wrong (default 200); deaths at points that none of these hit come on top
  --primaries N      how many primary servers (default 10)
  --connections N    at once, of all of them together (default 20)
  --seed N           what is sent and what goes wrong (default 1)
  --planted P        plant the bug of docs/reliability.md for a property (P1 to P8) and see whether it is found
  --evidence FILE    writes all that the run left behind, as JSON, whatever comes of it: it holds the tokens of the run
  --json             the report as JSON
  -h, --help         this text

Examples:
  npm run torture
  npm run torture -- --notifications 100000 --faults 2000
  npm run torture -- --seed 7                    what a report with seed 7 found

The same seed sends the same and lets the same calls fail; how functions interleave is the machine's.

Exit codes: 0 every property holds, or the planted bug was found; 1 not, or a function died at no time at one of its calls; 2 wrong options.
`;

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
  const isTty = process.stderr.isTTY;
  const progress = (text: string) => {
    if (isTty) process.stderr.write(`\r\x1b[K${text}`);
  };
  try {
    progress('synthesizing the stack, starting DynamoDB Local');
    const [sound, dynamodb] = await Promise.all([synthesizeForTorture(folder), startDynamoDbLocal()]);
    try {
      const assembly = planted === undefined ? sound : await withBug(sound, planted);
      const dynamo = { url: dynamodb.url, accessKeyId: 'torture' };
      const result = await storm({
        assembly,
        dynamodb: dynamo,
        progress,
        everyPoint: planted === undefined,
        ...storming,
      });
      progress('');
      if (evidence !== undefined) writeFileSync(evidence, JSON.stringify(result.evidence));
      const report = reportOf(storming.seed, storming.notifications, result, check(result.evidence));
      if (planted === undefined) {
        process.stdout.write(`${json ? JSON.stringify(report) : describeReport(report)}\n`);
        return isProven(report) ? 0 : 1;
      }
      // Functions die at some points only, so those at which none did say nothing.
      const found = isFound(report, planted);
      const shown = { ...report, points: [], untried: [] };
      process.stdout.write(`${json ? JSON.stringify({ ...shown, planted, found }) : describeReport(shown)}\n`);
      if (!json) process.stdout.write(`The bug that was planted for ${planted} was ${found ? '' : 'NOT '}found.\n`);
      return found ? 0 : 1;
    } finally {
      await dynamodb.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
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
    if (values.planted !== undefined && !Object.hasOwn(BUGS, values.planted))
      throw new Error(`--planted takes ${Object.keys(BUGS).join(', ')}, not "${values.planted}"`);
    return {
      json: values.json,
      planted: values.planted,
      evidence: values.evidence,
      ...(Object.fromEntries(numbers) as Record<Name, number>),
    };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\nSee npm run torture -- --help\n`);
    return undefined;
  }
}

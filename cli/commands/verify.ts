import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Command } from 'commander';
import { counted } from '../../functions/alerts/words.ts';
import { readLink } from '../../functions/archive/chain.ts';
import { archiveKey } from '../../functions/keys/registry.ts';
import type { Tables } from '../../functions/questions/query.ts';
import { CliError, EndWith, EXIT } from '../errors.ts';
import { filtered } from '../filters.ts';
import { type CommonOptions, examples, type RangeOptions, ranged, rangeOf, tabular } from '../options.ts';
import { showTime } from '../output.ts';
import type { Streams } from '../program.ts';
import { withSession } from '../session.ts';
import { type Columns, sentence } from '../table.ts';
import { createBucketReader } from '../verify/bucket.ts';
import type { Finding } from '../verify/finding.ts';
import { createLedgerFacts } from '../verify/ledger.ts';
import { NOTHING, type Tally, verify } from '../verify/verify.ts';

interface VerifyOptions extends CommonOptions, RangeOptions {
  primary?: string;
  expired?: boolean;
}

const HELP = `
Reads the archive objects that may hold facts of this period, checks that each is the one that its successor names, and compares
every image fact with the ledger. Writes nothing.

  changed   the ledger's content differs from the archive's, or somebody changed an item of any kind
  removed   archived, but gone before its time; or somebody removed an item of any kind
  inserted  never archived, or not written at the time at which it says that it was received
  missing, altered, overwritten, hidden, outside   a fault of an archive object
  expired   the fact has expired; this is not a finding: it is counted, or listed with --expired

Exit code ${EXIT.attention}: there are findings. docs/archive.md says what this proves and what it does not.
${examples('npx nbwatch verify', 'npx nbwatch verify --since 400d', 'npx nbwatch verify --from 2026-11-01 --to 2026-12-01 --primary demo --json')}`;

const COLUMNS: Columns<Finding> = {
  found: ({ found }) => ({ text: found, colour: found === 'expired' ? undefined : 'red' }),
  what: ({ pk, sk, object = '-' }) => sentence(pk === undefined ? object : `${pk} ${sk}`),
  'received (UTC)': ({ receivedAt }) => showTime(receivedAt),
  why: ({ why }) => sentence(why),
};

export function addVerifyCommand(program: Command, streams: Streams): void {
  filtered(ranged(tabular(program.command('verify')), 'received', '7d'), 'primary')
    .description("compare the ledger's image facts with the archive, which nobody can change, and list what differs")
    .option('--expired', 'also list each fact that expired')
    .addHelpText('after', HELP)
    .action((options: VerifyOptions) =>
      withSession(options, streams, async ({ target, tables, now, primaries, print }) => {
        const bucket = target.outputs.ArchiveBucket;
        if (bucket === undefined)
          throw new CliError(
            `${target.name} has no archive.`,
            'Deploy it with nbwatch:archive=governance or nbwatch:archive=compliance (docs/archive.md).',
            EXIT.notFound,
          );
        const asked = {
          range: rangeOf(options, now),
          primaries: await primaries(options.primary),
          narrowed: options.primary !== undefined,
          expired: options.expired ?? false,
          now,
        };
        const s3 = new S3Client({ ...target.client, forcePathStyle: true });
        const tally = { ...NOTHING };
        const progress = startProgress(tally, process.stderr.isTTY ? streams.err : undefined);
        try {
          const archive = { name: bucket, bucket: createBucketReader(s3, bucket), end: () => endOf(tables, bucket) };
          const findings = verify(archive, createLedgerFacts(tables.client, tables.ledger), asked, tally);
          await print(progress.clearing(findings), COLUMNS, 'No findings.');
        } finally {
          progress.end();
          s3.destroy();
        }
        if (options.json) await streams.out(`${JSON.stringify(tally)}\n`);
        else streams.err(summary(tally));
        if (tally.findings > 0) throw new EndWith(EXIT.attention);
      }),
    );
}

/** The end of the chain according to the Registry. */
async function endOf({ client, registry }: Tables, bucket: string) {
  const command = new GetItemCommand({ TableName: registry, Key: marshall(archiveKey(bucket)), ConsistentRead: true });
  const { Item } = await client.send(command);
  return Item && readLink(unmarshall(Item));
}

function summary({ objects, same, expired, before, young, findings, beganAt, end }: Tally): string {
  const without = before > 0 ? `: ${counted(before, 'fact')} of the ledger could not be compared` : '';
  const began =
    beganAt === undefined
      ? `The archive holds nothing${end ? '' : ' yet'}${without}.`
      : `The archive began at ${showTime(beganAt)} UTC; what was received before is not in it.`;
  const facts = [
    `${counted(same, 'image fact is', 'image facts are')} as archived`,
    ...(expired > 0 ? [`${counted(expired, 'has', 'have')} expired`] : []),
    ...(young > 0 ? [`${counted(young, 'is', 'are')} too recent to be archived`] : []),
  ];
  const ends = end ? `It ends in ${end.name}, SHA-256 ${end.sha256}.\n` : '';
  return `Read ${counted(objects, 'object')}: ${facts.join(', ')}, ${counted(findings, 'finding')}.\n${began}\n${ends}`;
}

/** How often the line is written, ms. */
const EVERY = 200;

/** Shows the progress on one line of a terminal, and clears that line before each finding. */
function startProgress(tally: Tally, write: ((text: string) => void) | undefined) {
  const clear = () => write?.('\r\x1b[K');
  const timer =
    write &&
    setInterval(() => write(`\r\x1b[K${counted(tally.objects, 'object')}, ${counted(tally.same, 'fact')} …`), EVERY);
  return {
    async *clearing<T>(rows: AsyncIterable<T>): AsyncGenerator<T> {
      for await (const row of rows) {
        clear();
        yield row;
      }
      clear();
    },
    end() {
      clearInterval(timer);
      clear();
    },
  };
}

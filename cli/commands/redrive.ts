import { DeleteObjectCommand, GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import type { Command } from 'commander';
import * as v from 'valibot';
import { parseLedgerPartition } from '../../functions/keys/ledger.ts';
import { INTENT_PREFIX } from '../../functions/keys/records.ts';
import { createProjection } from '../../functions/projection/context.ts';
import { project } from '../../functions/projection/project.ts';
import { quarantine } from '../../functions/projection/quarantine.ts';
import { type CommonOptions, common } from '../options.ts';
import type { Streams } from '../program.ts';
import { withSession } from '../session.ts';

const key = v.object({ S: v.string() });
const recordSchema = v.object({ dynamodb: v.object({ Keys: v.object({ pk: key, sk: key }) }) });
/** What Lambda puts into a bucket for a batch that it gave up: the event, as text, in `payload`. */
const givenUpSchema = v.object({
  payload: v.pipe(v.string(), v.parseJson(), v.object({ Records: v.array(recordSchema) })),
});

export function addRedriveCommand(program: Command, streams: Streams): void {
  common(program.command('redrive'))
    .description('project again what the streams gave up after a day of failures; alerts that it holds back are raised')
    .addHelpText('after', '\nMend the cause first: what fails again is kept.')
    .action((options: CommonOptions) =>
      withSession(options, streams, async ({ tables, target }) => {
        const context = createProjection(tables.client, tables, target.outputs.ImageRecordDays);
        const Bucket = target.outputs.GivenUpBucket;
        const s3 = new S3Client({ ...target.client, forcePathStyle: true });
        let objects = 0;
        let facts = 0;
        try {
          for await (const { Contents = [] } of paginateListObjectsV2(
            { client: s3 },
            { Bucket, Prefix: 'aws/lambda/' },
          )) {
            for (const { Key } of Contents) {
              const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
              const { payload } = v.parse(givenUpSchema, JSON.parse((await Body?.transformToString()) ?? ''));
              for (const [pk, sks] of byPartition(payload.Records)) {
                // Records of the other stream are intents: they stay pending and are tried each minute without this.
                if ([...sks].some((sk) => sk.startsWith(INTENT_PREFIX))) continue;
                if (parseLedgerPartition(pk)?.kind === 'aside') await quarantine(context, pk);
                else await project(context, pk, sks);
                facts += sks.size;
              }
              await s3.send(new DeleteObjectCommand({ Bucket, Key }));
              objects += 1;
            }
          }
        } finally {
          s3.destroy();
        }
        if (options.json) streams.out(`${JSON.stringify({ batches: objects, facts })}\n`);
        else
          streams.out(
            objects === 0 ? 'Nothing was given up.\n' : `Projected again: ${facts} facts of ${objects} batches.\n`,
          );
      }),
    );
}

function byPartition(records: readonly v.InferOutput<typeof recordSchema>[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { dynamodb } of records) {
    const { pk, sk } = dynamodb.Keys;
    found.set(pk.S, (found.get(pk.S) ?? new Set()).add(sk.S));
  }
  return found;
}

import { DeleteObjectCommand, GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import type { DynamoDBRecord } from 'aws-lambda';
import type { Command } from 'commander';
import * as v from 'valibot';
import { counted } from '../../functions/alerts/words.ts';
import { archive } from '../../functions/archive/archive.ts';
import { createArchive } from '../../functions/archive/context.ts';
import { GIVEN_UP_PREFIX } from '../../functions/keys/given-up.ts';
import { parseLedgerPartition } from '../../functions/keys/ledger.ts';
import { INTENT_PREFIX } from '../../functions/keys/records.ts';
import { createProjection } from '../../functions/projection/context.ts';
import { project } from '../../functions/projection/project.ts';
import { quarantine } from '../../functions/projection/quarantine.ts';
import { CliError } from '../errors.ts';
import { type CommonOptions, common, examples } from '../options.ts';
import type { Streams } from '../program.ts';
import { withSession } from '../session.ts';

const key = v.object({ S: v.string() });
const recordSchema = v.looseObject({ dynamodb: v.looseObject({ Keys: v.looseObject({ pk: key, sk: key }) }) });
/** The object that Lambda writes for a batch that it gave up: the event, as text, in `payload`. */
const givenUpSchema = v.object({
  requestContext: v.optional(v.object({ functionArn: v.string() })),
  payload: v.pipe(v.string(), v.parseJson(), v.object({ Records: v.array(recordSchema) })),
});
type GivenUp = v.InferOutput<typeof givenUpSchema>;

const batches = (count: number) => counted(count, 'batch', 'batches');

/** The archive's function, by the name that CDK derives from its place in the stack. */
const ARCHIVE_FUNCTION = /ArchiveFunction/;

export function addRedriveCommand(program: Command, streams: Streams): void {
  common(program.command('redrive'))
    .description(
      'project again what the streams gave up after a day of failures, and raise the alerts that wait for it',
    )
    .addHelpText(
      'after',
      `\nFix the cause first: what fails again is kept. docs/repair.md says when to use it.\n${examples('npx nbwatch redrive')}`,
    )
    .action((options: CommonOptions) =>
      withSession(options, streams, async ({ tables, target }) => {
        const context = createProjection(tables.client, tables, target.outputs.ImageRecordDays);
        const Bucket = target.outputs.GivenUpBucket;
        const s3 = new S3Client({ ...target.client, forcePathStyle: true });
        let objects = 0;
        let facts = 0;
        let archived = 0;
        let kept = 0;
        const { ArchiveBucket } = target.outputs;
        const archiving =
          ArchiveBucket === undefined
            ? undefined
            : createArchive(tables.client, s3, { registry: tables.registry, bucket: ArchiveBucket });
        /**
         * Projects what an object holds, reports what failed and goes on with the rest. Returns whether everything
         * succeeded.
         */
        const redrive = async (Key: string | undefined): Promise<boolean> => {
          const failed = (what: string, error: unknown) => {
            streams.err(`${what}: ${error instanceof Error ? `${error.name}: ${error.message}` : error}\n`);
            return false;
          };
          let records: GivenUp['payload']['Records'];
          let isOfArchive: boolean;
          try {
            const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
            const givenUp = v.parse(givenUpSchema, JSON.parse((await Body?.transformToString()) ?? ''));
            records = givenUp.payload.Records;
            isOfArchive = ARCHIVE_FUNCTION.test(givenUp.requestContext?.functionArn ?? '');
          } catch (error) {
            return failed(`s3://${Bucket}/${Key} could not be read`, error);
          }
          let done = true;
          if (isOfArchive) {
            if (!archiving) return failed(`s3://${Bucket}/${Key} cannot be archived`, 'this nbwatch has no archive');
            try {
              // These are the records as Lambda hands them to the function, which reads only what it needs of them.
              await archive(archiving, records as unknown as DynamoDBRecord[]);
              archived += records.length;
            } catch (error) {
              done = failed(`s3://${Bucket}/${Key} could not be archived`, error);
            }
          }
          for (const [pk, sks] of isOfArchive ? [] : byPartition(records)) {
            // The other stream's records are intents. They stay pending, and the publisher tries them every minute
            // anyway.
            if ([...sks].some((sk) => sk.startsWith(INTENT_PREFIX))) continue;
            try {
              if (parseLedgerPartition(pk)?.kind === 'aside') await quarantine(context, pk);
              else await project(context, pk, sks);
              facts += sks.size;
            } catch (error) {
              done = failed(`${pk} of s3://${Bucket}/${Key} could not be projected`, error);
            }
          }
          if (!done) return false;
          try {
            await s3.send(new DeleteObjectCommand({ Bucket, Key }));
            return true;
          } catch (error) {
            return failed(`s3://${Bucket}/${Key} is done but could not be deleted`, error);
          }
        };
        try {
          for await (const { Contents = [] } of paginateListObjectsV2(
            { client: s3 },
            { Bucket, Prefix: GIVEN_UP_PREFIX },
          )) {
            for (const { Key } of Contents) {
              if (await redrive(Key)) objects += 1;
              else kept += 1;
            }
          }
        } finally {
          s3.destroy();
        }
        if (options.json) await streams.out(`${JSON.stringify({ batches: objects, facts, archived, kept })}\n`);
        else
          await streams.out(
            objects + kept === 0
              ? 'Nothing to redrive: the bucket holds no batch that the streams gave up.\n'
              : `Projected again: ${counted(facts, 'fact')} of ${batches(objects + kept)}.${archived > 0 ? ` Archived: ${counted(archived, 'record')}.` : ''}\n`,
          );
        if (kept > 0) {
          throw new CliError(
            `${counted(kept, 'batch was', 'batches were')} kept, for the reasons above.`,
            'Fix the cause, then run npx nbwatch redrive again. Delete by hand an object that cannot be read: npx nbwatch rebuild repairs its records, but raises no alerts.',
          );
        }
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

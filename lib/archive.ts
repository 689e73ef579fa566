import { CfnOutput, Duration } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type Bucket, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { ArchiveVariables } from '../functions/archive/environment.ts';
import { OBJECT_PREFIX } from '../functions/archive/object.ts';
import { ARCHIVED } from '../functions/keys/filters.ts';
import { ARCHIVE } from '../functions/keys/registry.ts';
import { grantKeys } from './grants.ts';
import { KeptBucket } from './kept-bucket.ts';
import { NbwatchFunction } from './nbwatch-function.ts';
import type { Operations } from './operations.ts';
import type { Settings } from './settings.ts';
import type { Stores } from './stores.ts';
import { consumeStream } from './stream-consumer.ts';

export interface ArchiveProps {
  stores: Pick<Stores, 'ledger' | 'registry'>;
  operations: Pick<Operations, 'alarmOn'>;
  /** The bucket for stream records that could not be archived for 23 hours. */
  givenUp: Bucket;
  mode: Exclude<Settings['archive'], 'off'>;
  /** How long each object is locked. */
  days: number;
  logDays: number;
}

/** The second reader of the Ledger's stream, and the bucket under Object Lock to which it can only add objects. */
export class Archive extends Construct {
  constructor(scope: Construct, id: string, { stores, operations, givenUp, mode, days, logDays }: ArchiveProps) {
    super(scope, id);
    const { ledger, registry } = stores;
    const bucket = new KeptBucket(this, 'Bucket', {
      // Object Lock requires versions: whatever is put over an object becomes another version beside it.
      versioned: true,
      objectLockEnabled: true,
      objectLockDefaultRetention: ObjectLockRetention[mode](Duration.days(days)),
    });
    // Every put must be on the condition that no object is there yet (Amazon S3 User Guide, "Enforce conditional writes
    // on Amazon S3 buckets").
    bucket.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        actions: ['s3:PutObject'],
        principals: [new AnyPrincipal()],
        resources: [bucket.arnForObjects('*')],
        conditions: { Null: { 's3:if-none-match': 'true' } },
      }),
    );
    const archive = new NbwatchFunction(this, 'Function', {
      folder: 'archive',
      description: 'Behind the ledger: writes facts of images, and whatever was changed, where nobody can change it',
      // TURN_MS of functions/archive/archive.ts: a run that Lambda ends here has lost its turn.
      timeout: Duration.minutes(1),
      environment: {
        REGISTRY_TABLE: registry.tableName,
        ARCHIVE_BUCKET: bucket.bucketName,
      } satisfies ArchiveVariables,
      logDays,
    });
    archive.addToRolePolicy(
      new PolicyStatement({ actions: ['s3:PutObject'], resources: [bucket.arnForObjects(`${OBJECT_PREFIX}*`)] }),
    );
    grantKeys(registry, archive, ['dynamodb:UpdateItem'], [ARCHIVE]);
    consumeStream(ledger, archive, {
      filters: ARCHIVED,
      // A batch is as large as it can be: Lambda closes it at 6 MB, or when its oldest record has waited for four of
      // the five minutes within which it is to be archived.
      batchSize: 10_000,
      window: Duration.minutes(4),
      // No record fails because of its content, only all of them because S3 or DynamoDB refuses: splitting would end in
      // thousands of objects.
      bisect: false,
      givenUp,
    });
    operations.alarmOn('LedgerChanged', {
      means: 'Somebody changed or removed an item of the Ledger, which nbwatch never does.',
      todo: 'The log of Archive says which; npx nbwatch verify names what differs from the archive.',
      written: 'when it happens',
      period: Duration.minutes(5),
    });
    // Named like the other outputs, without the path of the construct.
    new CfnOutput(this, 'Output', {
      value: bucket.bucketName,
      description: 'What came into the Ledger about images, locked: npx nbwatch verify compares the two',
    }).overrideLogicalId('ArchiveBucket');
  }
}

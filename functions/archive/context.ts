import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { archiveKey } from '../keys/registry.ts';
import { PATIENT } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import type { ArchiveContext } from './archive.ts';
import { createChain } from './chain.ts';
import { archiveEnvironment } from './environment.ts';

export function createContext(variables: NodeJS.ProcessEnv): ArchiveContext {
  const { REGISTRY_TABLE: registry, ARCHIVE_BUCKET: bucket } = readEnvironment(archiveEnvironment, variables);
  // An object may have up to 6 MB.
  const s3 = new S3Client({ ...PATIENT, requestHandler: { ...PATIENT.requestHandler, socketTimeout: 10_000 } });
  return createArchive(new DynamoDBClient(PATIENT), s3, { registry, bucket });
}

/** An archive in this bucket. `redrive` creates its own. */
export function createArchive(
  dynamodb: DynamoDBClient,
  s3: S3Client,
  { registry, bucket }: { registry: string; bucket: string },
): ArchiveContext {
  return {
    chain: createChain(dynamodb, registry, archiveKey(bucket)),
    async put(Key, Body) {
      // A bucket under Object Lock requires a checksum. Naming the algorithm makes the SDK add one even if its settings
      // say otherwise.
      const object = {
        Bucket: bucket,
        Key,
        Body,
        ContentType: 'application/x-ndjson',
        ChecksumAlgorithm: 'CRC32',
      } as const;
      try {
        await s3.send(new PutObjectCommand({ ...object, IfNoneMatch: '*' }));
      } catch (error) {
        if (!(error instanceof S3ServiceException && error.$metadata.httpStatusCode === 412)) throw error;
      }
    },
    isRefusal,
    now: Date.now,
    wait: (ms) => setTimeout(ms),
    newId: () => randomBytes(6).toString('hex'),
  };
}

/**
 * An earlier attempt of a put that was retried may have written the object. 409: another request for this name, our
 * own, was under way.
 */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof S3ServiceException && error.$fault === 'client')) return false;
  const { httpStatusCode, attempts } = error.$metadata;
  return httpStatusCode !== 409 && attempts === 1;
}

import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  NoSuchKey,
  type S3Client,
} from '@aws-sdk/client-s3';
import { OBJECT_PREFIX } from '../../functions/archive/object.ts';

/** An object of a versioned bucket. */
export interface Listed {
  name: string;
  /** The version that was put first; later ones did not come from the archive. */
  versionId: string | undefined;
  versions: number;
  /** Whether somebody deleted it without naming a version, so that it still exists but seems gone. */
  hidden: boolean;
}

/** A bucket as `verify` reads it. */
export interface ArchiveBucket {
  /** The objects with the archive's prefix in the order of their names, from a name on. */
  list(from: string): AsyncIterable<Listed>;
  /** All bytes of an object; undefined if it is gone. */
  read(object: Listed): Promise<Buffer | undefined>;
}

export function createBucketReader(client: S3Client, bucket: string): ArchiveBucket {
  return {
    async *list(from) {
      // A listing begins after its marker. Nothing is skipped, as no object has the name of a day.
      let marker: { KeyMarker?: string; VersionIdMarker?: string } | undefined =
        from > OBJECT_PREFIX ? { KeyMarker: from } : {};
      let open = new Map<string, Listed>();
      while (marker) {
        const command = new ListObjectVersionsCommand({ Bucket: bucket, Prefix: OBJECT_PREFIX, ...marker });
        const page: ListObjectVersionsCommandOutput = await client.send(command);
        const { Versions = [], DeleteMarkers = [], IsTruncated, NextKeyMarker, NextVersionIdMarker } = page;
        marker = IsTruncated
          ? {
              ...(NextKeyMarker !== undefined && { KeyMarker: NextKeyMarker }),
              ...(NextVersionIdMarker !== undefined && { VersionIdMarker: NextVersionIdMarker }),
            }
          : undefined;
        for (const { Key = '', VersionId } of Versions) {
          const { versions = 0, hidden = false } = open.get(Key) ?? {};
          // The newest version comes first, so the oldest is the one that stays.
          open.set(Key, { name: Key, versionId: VersionId, versions: versions + 1, hidden });
        }
        for (const { Key = '', IsLatest = false } of DeleteMarkers) {
          const known = open.get(Key) ?? { name: Key, versionId: undefined, versions: 0, hidden: false };
          open.set(Key, { ...known, hidden: known.hidden || IsLatest });
        }
        const inOrder = [...open.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
        // The next page may have more versions of the last object.
        const last = inOrder.pop();
        yield* inOrder;
        open = new Map(last && [[last.name, last]]);
      }
      yield* open.values();
    },

    async read({ name, versionId, versions }) {
      if (versions === 0) return undefined;
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: name, VersionId: versionId }));
        return Buffer.from((await Body?.transformToByteArray()) ?? []);
      } catch (error) {
        if (error instanceof NoSuchKey || (error instanceof Error && error.name === 'NoSuchVersion')) return undefined;
        throw error;
      }
    },
  };
}

import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  NoSuchKey,
  type S3Client,
} from '@aws-sdk/client-s3';
import { OBJECT_PREFIX } from '../../functions/archive/object.ts';

/** An object of a bucket with versions, by its name. */
export interface Listed {
  name: string;
  /** The version that was put first: what came later did not come from the archive. */
  versionId: string | undefined;
  versions: number;
  /** Whether somebody deleted it without naming a version: it is still there, and looks as if it were not. */
  hidden: boolean;
}

/** A bucket as `verify` reads it. */
export interface ArchiveBucket {
  /** The objects whose names begin as the archive's do, in their order, from a name on. */
  list(from: string): AsyncIterable<Listed>;
  /** All bytes of an object; undefined where it is gone. */
  read(object: Listed): Promise<Buffer | undefined>;
}

export function createBucketReader(client: S3Client, bucket: string): ArchiveBucket {
  return {
    async *list(from) {
      // The marker is left out of what is listed, and no object has the name of a day.
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
          // The newest comes first, so the last one stays.
          open.set(Key, { name: Key, versionId: VersionId, versions: versions + 1, hidden });
        }
        for (const { Key = '', IsLatest = false } of DeleteMarkers) {
          const known = open.get(Key) ?? { name: Key, versionId: undefined, versions: 0, hidden: false };
          open.set(Key, { ...known, hidden: known.hidden || IsLatest });
        }
        const inOrder = [...open.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
        // More versions of the last may be on the next page.
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

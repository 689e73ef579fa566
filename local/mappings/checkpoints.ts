import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** How far each virtual shard of each mapping has come. */
export interface Checkpoints {
  get(key: string): string | undefined;
  set(key: string, sequenceNumber: string): void;
}

/**
 * The key of a virtual shard's position. It contains the stream's ARN, and so its creation time: a table that was
 * created again starts from scratch. It contains the number of shards, because that decides which shard a record goes
 * to.
 */
export function checkpointKey(mappingId: string, streamArn: string, shard: number, shards: number): string {
  return `${mappingId} ${streamArn} ${shard}/${shards}`;
}

export function memoryCheckpoints(): Checkpoints {
  const positions = new Map<string, string>();
  return {
    get: (key) => positions.get(key),
    set: (key, sequenceNumber) => void positions.set(key, sequenceNumber),
  };
}

/** Positions in a JSON file that is complete at any moment: the next run continues where a killed one stopped. */
export function fileCheckpoints(path: string): Checkpoints {
  const positions = new Map<string, string>(Object.entries(read(path)));
  mkdirSync(dirname(path), { recursive: true });
  return {
    get: (key) => positions.get(key),
    set(key, sequenceNumber) {
      positions.set(key, sequenceNumber);
      const unfinished = `${path}.new`;
      writeFileSync(unfinished, JSON.stringify(Object.fromEntries(positions), undefined, 1));
      renameSync(unfinished, path);
    },
  };
}

function read(path: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new Error(`${path} is not a file of checkpoints`, { cause: error });
  }
}

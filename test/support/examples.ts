import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../../local/stack/synthesize.ts';

/** The documented messages that bring facts, in order of use. */
export const DOCUMENTED = [
  '03-job-active.json',
  '04-restore-done.json',
  '05-image-deleted.json',
  '06-image-deleted-air.json',
  '07-job-and-images.json',
] as const;

/** A message of `examples/`, as a primary server would send it. */
export interface Example {
  file: string;
  id: string;
  timeStamp: number;
  payload: { object: string; data: Record<string, unknown>[] }[];
}

/** Reads a message of `examples/`. */
export function readExample(file: string): Example {
  return { file, ...JSON.parse(readFileSync(join(PROJECT, 'examples', file), 'utf8')) };
}

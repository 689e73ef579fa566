import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../stack/synthesize.ts';

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

import * as v from 'valibot';
import { nonEmpty } from '../runtime/environment.ts';

/** The environment of `archive`; the stack sets exactly these variables. */
export const archiveEnvironment = v.object({
  REGISTRY_TABLE: nonEmpty,
  ARCHIVE_BUCKET: nonEmpty,
});

/** The variables that the stack must set, as text. */
export type ArchiveVariables = Record<keyof v.InferOutput<typeof archiveEnvironment>, string>;

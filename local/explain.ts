import { tmpdir } from 'node:os';
import { ExplainedError } from './explained-error.ts';
import { FOLDER } from './folder.ts';

/** The error, or one that says what to do where that is known. */
export function explain(error: unknown): unknown {
  const text = error instanceof Error ? error.message : '';
  if (text.includes('ENOSPC') || text.includes('SQLITE_FULL'))
    return new ExplainedError(
      `The disk is full: nbwatch needs some 100 MB in ${tmpdir()} (another folder: TMPDIR) and in ${FOLDER} (another: NBWATCH_FOLDER). Make room, and start again.`,
    );
  if (/^(EACCES|EPERM|EROFS)/.test(text))
    return new ExplainedError(
      `${text}. Give the folder to this user, or choose others with TMPDIR and NBWATCH_FOLDER.`,
    );
  return error;
}

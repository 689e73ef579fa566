import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isoDay } from '../../functions/keys/indexes.ts';
import { CliError, EXIT } from '../errors.ts';

/** The content of one file: a day of a primary. `day` is any moment of that UTC day, epoch ms. */
export interface Share {
  primary: string;
  day: number;
  /** Whether everything received that day is stored. */
  isOver: boolean;
}

/**
 * The folder of one export: `day=2026-11-03/berlin.parquet`, so that readers of Hive partitions take the day from the
 * name.
 */
export interface ExportFolder {
  path: string;
  /** Whether the complete file of a day that was over exists. */
  has(share: Share): boolean;
  /** Lets `write` fill a temporary file, and renames that once it is complete. */
  put(share: Share, write: (file: string) => Promise<void>): Promise<void>;
}

/** Says what the folder is an export of. Two exports in one folder would take each other's files for their own. */
const SCOPE_FILE = '_export.json';

/** Opens a folder, or creates it. Throws CliError if it holds another export. */
export function openFolder(path: string, extension: string, scope: object): ExportFolder {
  const wanted = `${JSON.stringify(scope)}\n`;
  const scopeFile = join(path, SCOPE_FILE);
  try {
    mkdirSync(path, { recursive: true });
    if (!existsSync(scopeFile)) writeFileSync(scopeFile, wanted);
  } catch (error) {
    throw new CliError(
      `Nothing can be written to ${path}: ${error instanceof Error ? error.message : String(error)}`,
      'With --out name a folder that you may write to, or that can be created.',
    );
  }
  const found = readFileSync(scopeFile, 'utf8');
  if (found !== wanted)
    throw new CliError(
      `${path} already holds a different export (${found.trim()}); this one is ${wanted.trim()}.`,
      'Give another folder with --out.',
      EXIT.usage,
    );
  const folderOf = ({ day }: Share) => join(path, `day=${isoDay(day)}`);
  const whole = (share: Share) => join(folderOf(share), `${share.primary}.${extension}`);
  const unfinished = (share: Share) => join(folderOf(share), `${share.primary}.unfinished.${extension}`);
  return {
    path,
    has: (share) => existsSync(whole(share)),
    async put(share, write) {
      mkdirSync(folderOf(share), { recursive: true });
      // Programs that read such folders skip names that begin with a dot.
      const part = join(folderOf(share), `.${share.primary}.${extension}.${process.pid}.part`);
      try {
        await write(part);
        await onDisk(part);
        // In this order: a missing file is written again, but two files of one day would count twice.
        if (share.isOver) await rm(unfinished(share), { force: true });
        await rename(part, share.isOver ? whole(share) : unfinished(share));
      } finally {
        await rm(part, { force: true });
      }
    },
  };
}

/** Waits until a file would survive a power cut, as under its final name it counts as complete. */
async function onDisk(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

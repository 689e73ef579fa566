import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ExplainedError } from './explained-error.ts';
import { PROJECT } from './stack/synthesize.ts';

/** Where a run keeps what outlives it. Git ignores `.nbwatch/`. A second run beside the first needs another folder. */
export const FOLDER = resolve(process.env.NBWATCH_FOLDER ?? join(PROJECT, '.nbwatch'));

/** The files of `.nbwatch/`. */
export const FILES = {
  /** Every address and name of the run that is up. The file exists only while one is. */
  run: join(FOLDER, 'local.json'),
  endpoint: join(FOLDER, 'demo.endpoint.json'),
  log: join(FOLDER, 'functions.log'),
  data: join(FOLDER, 'dynamodb'),
  lock: join(FOLDER, 'lock'),
} as const;

/** Thrown when another run uses the folder. */
class FolderInUseError extends ExplainedError {
  override readonly name = 'FolderInUseError';
}

/** Claims the folder for this run, and takes over the lock of a crashed run. Throws FolderInUseError. */
export function claimFolder(reset: boolean): void {
  mkdirSync(FOLDER, { recursive: true });
  const owner = ownerOfLock();
  if (owner !== undefined && isAlive(owner)) {
    throw new FolderInUseError(
      `Another nbwatch (process ${owner}) uses ${FOLDER}. Stop it with Ctrl-C first, or use --exit, which needs no folder and runs beside it.`,
    );
  }
  if (reset) rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FILES.data, { recursive: true });
  rmSync(FILES.run, { force: true });
  writeFileSync(FILES.lock, String(process.pid));
}

export function releaseFolder(): void {
  rmSync(FILES.run, { force: true });
  rmSync(FILES.lock, { force: true });
}

function ownerOfLock(): number | undefined {
  try {
    // A run that was killed while writing its lock leaves it empty. Signalling process 0 would mean our own group.
    return Number(readFileSync(FILES.lock, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/** Whether a process exists. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ExplainedError } from './explained-error.ts';
import { PROJECT } from './stack/synthesize.ts';

/** Where a run keeps what outlives it. Git ignores `.nbwatch/`; a second run beside the first needs another. */
export const FOLDER = resolve(process.env.NBWATCH_FOLDER ?? join(PROJECT, '.nbwatch'));

/** The files of `.nbwatch/`. */
export const FILES = {
  /** Every address and name of the run that is up now; not there while none is. */
  run: join(FOLDER, 'local.json'),
  endpoint: join(FOLDER, 'demo.endpoint.json'),
  log: join(FOLDER, 'functions.log'),
  data: join(FOLDER, 'dynamodb'),
  lock: join(FOLDER, 'lock'),
} as const;

/** Thrown when another run uses the folder. */
export class FolderInUseError extends ExplainedError {
  override readonly name = 'FolderInUseError';
}

/** Makes the folder this run's own. A lock that a crashed run left behind is taken over. Throws FolderInUseError. */
export function claimFolder(reset: boolean): void {
  mkdirSync(FOLDER, { recursive: true });
  const owner = ownerOfLock();
  if (owner !== undefined && isAlive(owner)) {
    throw new FolderInUseError(
      `Another nbwatch (process ${owner}) uses ${FOLDER}: stop it with Ctrl-C first. (--exit needs no folder and runs beside it.)`,
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
    // An empty lock, of a run that was killed as it wrote it, names nobody; process 0 would be this one's own group.
    return Number(readFileSync(FILES.lock, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/** Whether a process is there. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

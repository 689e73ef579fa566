import { closeSync, existsSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ExplainedError } from '../local/explained-error.ts';
import type { Options } from './options.ts';

/**
 * Throws ExplainedError where `--json` or `--plots` cannot be written, before measuring, which may take an hour.
 * Changes no file.
 */
export function checkWritable({ json, plots }: Pick<Options, 'json' | 'plots'>): void {
  if (json !== undefined) check('--json', () => openToWrite(json));
  if (plots !== undefined)
    check('--plots', () => {
      mkdirSync(plots, { recursive: true });
      openToWrite(join(plots, '.nbwatch-bench'));
    });
}

function check(option: string, open: () => void): void {
  try {
    open();
  } catch (error) {
    throw new ExplainedError(
      `What ${option} names cannot be written: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function openToWrite(file: string): void {
  const isNew = !existsSync(file);
  closeSync(openSync(file, 'a'));
  if (isNew) rmSync(file);
}

import { join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { BUNDLING } from '../../lib/bundling.ts';
import { PROJECT } from './synthesize.ts';

const ALIAS = /^--alias:/;

/** The stack's bundling options, as esbuild takes them. */
export function bundleOptions(): BuildOptions {
  const { target, mainFields, minify, banner, esbuildArgs } = BUNDLING;
  const alias = Object.entries(esbuildArgs).map(([option, to]) => [option.replace(ALIAS, ''), to]);
  return {
    ...{ absWorkingDir: PROJECT, bundle: true, platform: 'node', format: 'esm', target, mainFields, minify },
    ...{ alias: Object.fromEntries(alias), banner: { js: banner }, logLevel: 'error' },
  };
}

/**
 * Bundles a handler (a path below the project) into `folder` as the stack bundles its functions: the same handler gives
 * the same bytes.
 */
export async function bundle(entry: string, folder: string, plugins: Plugin[] = []): Promise<string> {
  await build({ ...bundleOptions(), entryPoints: [entry], outfile: join(folder, 'index.mjs'), plugins });
  return folder;
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { BUNDLING } from '../lib/bundling.ts';
import { PROJECT } from '../local/stack/synthesize.ts';

/** Bundles a handler as CDK's NodejsFunction does by default: CommonJS, not minified, without the SDK. */
export async function bundleByDefault(entry: string, folder: string): Promise<string> {
  await build({
    ...{ entryPoints: [entry], absWorkingDir: PROJECT, outfile: join(folder, 'index.cjs'), logLevel: 'error' },
    ...{ bundle: true, platform: 'node', format: 'cjs', target: BUNDLING.target },
    external: ['@aws-sdk/*', '@smithy/*'],
  });
  return folder;
}

/**
 * Lifts the time limits of the HASTY clients. Here one process holds all tables and answers a burst later than DynamoDB
 * would, and the bench measures work, not what is given up.
 */
export const patientClients: Plugin = {
  name: 'patient clients',
  setup({ onLoad }) {
    onLoad({ filter: /functions[/\\]runtime[/\\]clients\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const contents = text.replace(/(Timeout): \d+/g, '$1: 60_000');
      if (contents === text) throw new Error(`${path} has no time limits to lift`);
      return { contents, loader: 'ts' };
    });
  },
};

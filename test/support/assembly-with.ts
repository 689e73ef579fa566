import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { App } from 'aws-cdk-lib';
import { inject, onTestFinished } from 'vitest';
import { NbwatchStack } from '../../lib/nbwatch-stack.ts';
import { readSettings, SETTING_PREFIX } from '../../lib/settings.ts';
import { type Assembly, readAssembly } from '../../local/stack/synthesize.ts';

/**
 * The stack with settings. Settings do not change code, so the bundles are those that all tests share. `elsewhere`
 * returns the bundle of a function that the stack has only with these settings.
 */
export function assemblyWith(
  settings: Readonly<Record<string, unknown>>,
  elsewhere: (functionId: string) => string = missing,
): Assembly {
  const outdir = mkdtempSync(join(tmpdir(), 'nbwatch-settings-'));
  onTestFinished(() => rmSync(outdir, { recursive: true, force: true }));
  const given = Object.entries(settings).map(([name, value]) => [SETTING_PREFIX + name, value]);
  const context = { 'aws:cdk:enable-asset-metadata': true, 'aws:cdk:bundling-stacks': [] };
  const app = new App({ outdir, context });
  new NbwatchStack(app, 'Nbwatch', { settings: readSettings(Object.fromEntries(given)) });
  app.synth();
  const { template, folder } = readAssembly(outdir);
  const bundled = readAssembly(inject('assemblyFolder'));
  for (const [id, { Type, Metadata }] of Object.entries(template.Resources)) {
    if (Type !== 'AWS::Lambda::Function' || !Metadata) continue;
    const known = bundled.template.Resources[id]?.Metadata?.['aws:asset:path'];
    const path = known === undefined ? elsewhere(id) : join(bundled.folder, String(known));
    Metadata['aws:asset:path'] = relative(folder, path);
  }
  return { template, folder };
}

function missing(functionId: string): never {
  throw new Error(`no test has the bundle of ${functionId}`);
}

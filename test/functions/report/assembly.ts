import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { inject, onTestFinished } from 'vitest';
import { NbwatchStack } from '../../../lib/nbwatch-stack.ts';
import { Report } from '../../../lib/report.ts';
import { readSettings } from '../../../lib/settings.ts';
import { Stores } from '../../../lib/stores.ts';
import { type Assembly, readAssembly } from '../../../local/stack/synthesize.ts';
import { must } from '../../functions/support.ts';

/** The stack with a report each day at an hour (UTC). Only the function of the report is bundled anew: the others are as without it. */
export function assemblyWithReport(reportHour: number): Assembly {
  const outdir = mkdtempSync(join(tmpdir(), 'nbwatch-report-stack-'));
  onTestFinished(() => rmSync(outdir, { recursive: true, force: true }));
  const settings = { ...readSettings({ 'nbwatch:reportHour': reportHour }), reportHour };
  const context = { 'aws:cdk:enable-asset-metadata': true };
  const whole = new App({ outdir: join(outdir, 'whole'), context: { ...context, 'aws:cdk:bundling-stacks': [] } });
  new NbwatchStack(whole, 'Nbwatch', { settings });
  const alone = new App({ outdir: join(outdir, 'alone'), context });
  const stack = new Stack(alone, 'Alone');
  new Report(stack, 'Report', { stores: new Stores(stack, 'Stores', { keep: false }), settings });
  for (const app of [whole, alone]) app.synth();
  const { template, folder } = readAssembly(join(outdir, 'whole'));
  const bundled = readAssembly(inject('assemblyFolder'));
  const report = JSON.parse(readFileSync(join(outdir, 'alone', 'Alone.template.json'), 'utf8')).Resources;
  for (const [id, { Type, Metadata }] of Object.entries(template.Resources)) {
    if (Type !== 'AWS::Lambda::Function' || !Metadata) continue;
    const known = bundled.template.Resources[id]?.Metadata?.['aws:asset:path'];
    const [from, path] =
      known === undefined
        ? [join(outdir, 'alone'), must(report[id]).Metadata['aws:asset:path']]
        : [bundled.folder, known];
    Metadata['aws:asset:path'] = relative(folder, join(from, String(path)));
  }
  return { template, folder };
}

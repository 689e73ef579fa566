import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { onTestFinished } from 'vitest';
import { Report } from '../../../lib/report.ts';
import { readSettings } from '../../../lib/settings.ts';
import { Stores } from '../../../lib/stores.ts';
import type { Assembly } from '../../../local/stack/synthesize.ts';
import { must } from '../../functions/support.ts';
import { assemblyWith } from '../../support/assembly-with.ts';

/**
 * The stack with a daily report at an hour (UTC). Only the report's function is bundled again: the others are as
 * without it.
 */
export function assemblyWithReport(reportHour: number): Assembly {
  const outdir = mkdtempSync(join(tmpdir(), 'nbwatch-report-stack-'));
  onTestFinished(() => rmSync(outdir, { recursive: true, force: true }));
  const settings = { ...readSettings({}), reportHour };
  const alone = new App({ outdir, context: { 'aws:cdk:enable-asset-metadata': true } });
  const stack = new Stack(alone, 'Alone');
  new Report(stack, 'Report', { stores: new Stores(stack, 'Stores', { keep: false }), settings });
  alone.synth();
  const report = JSON.parse(readFileSync(join(outdir, 'Alone.template.json'), 'utf8')).Resources;
  return assemblyWith({ reportHour }, (id) => join(outdir, String(must(report[id]).Metadata['aws:asset:path'])));
}

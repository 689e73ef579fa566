import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { renderReport } from '../../functions/report/page.ts';
import { createReportQuestions } from '../../functions/report/questions.ts';
import { reportOf } from '../../functions/report/report-of.ts';
import { startDynamoDbLocal } from '../../local/dynamodb/dynamodb-local.ts';
import { REGION } from '../../local/environment.ts';
import { readDeployment } from '../../local/stack/deployment.ts';
import { PROJECT, synthesize } from '../../local/stack/synthesize.ts';
import { createTables } from '../../local/stack/tables.ts';
import { openBrowser } from './browser.ts';
import { DAY, NOW, writeMonth } from './month.ts';

/*
 * Makes the pictures of docs/report.md again, from the same month each time: npx node test/browser/screenshots.ts
 * Needs Java 17 and Chromium.
 */

const DAYS = 30;
const SEED = 7;

const folder = mkdtempSync(join(tmpdir(), 'nbwatch-screenshots-'));
const [dynamodb, assembly] = await Promise.all([
  startDynamoDbLocal(),
  synthesize(folder, { 'aws:cdk:bundling-stacks': [] }),
]);
const credentials = { accessKeyId: 'screenshots', secretAccessKey: 'local' };
const client = new DynamoDBClient({ region: REGION, endpoint: dynamodb.url, credentials });
try {
  const deployment = readDeployment(assembly);
  await createTables(client, deployment);
  const { LedgerTable: ledger = '', RecordsTable: records = '', RegistryTable: registry = '' } = deployment.outputs;
  const tables = { client, ledger, records, registry, onUnreadable: console.error };
  await writeMonth(tables, DAYS, SEED);
  const range = { from: NOW - DAYS * DAY, to: NOW };
  const scope = { primaries: ['berlin', 'munich'], range, now: NOW, youngPercent: 50 };
  const file = join(folder, 'report.html');
  writeFileSync(file, renderReport(await reportOf(createReportQuestions(tables, NOW), scope)));
  const { page, close } = await openBrowser({ width: 1180, height: 1_500 });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.goto(pathToFileURL(file).href);
    await page.screenshot({ path: join(PROJECT, `docs/report-${colorScheme}.png`) });
  }
  await close();
} finally {
  client.destroy();
  await dynamodb.stop();
  rmSync(folder, { recursive: true, force: true });
}

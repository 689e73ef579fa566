import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createReportQuestions } from '../../functions/report/questions.ts';
import { reportOf } from '../../functions/report/report-of.ts';
import { startDynamoDbLocal } from '../../local/dynamodb/dynamodb-local.ts';
import { readDeployment } from '../../local/stack/deployment.ts';
import { synthesize } from '../../local/stack/synthesize.ts';
import { createTables } from '../../local/stack/tables.ts';
import { DAY, NOW, writeMonth } from './month.ts';

const folder = mkdtempSync(join(tmpdir(), 'nb-'));
const [dynamodb, assembly] = await Promise.all([
  startDynamoDbLocal(),
  synthesize(folder, { 'aws:cdk:bundling-stacks': [] }),
]);
const client = new DynamoDBClient({
  region: 'eu-central-1',
  endpoint: dynamodb.url,
  credentials: { accessKeyId: 'shots', secretAccessKey: 'x' },
});
const dep = readDeployment(assembly);
await createTables(client, dep);
const { LedgerTable: ledger = '', RecordsTable: records = '', RegistryTable: registry = '' } = dep.outputs;
const tables = { client, ledger, records, registry, onUnreadable: console.error };
console.time('month');
const facts = await writeMonth(tables, Number(process.argv[2] ?? 30), 7);
console.timeEnd('month');
console.log(facts.length);
console.time('report');
const report = await reportOf(
  createReportQuestions(tables, NOW),
  { primaries: ['berlin', 'munich'], range: { from: NOW - 30 * DAY, to: NOW }, now: NOW, youngPercent: 50 },
  console.log,
);
console.timeEnd('report');
writeFileSync('/tmp/report.json', JSON.stringify(report, null, 1));
await dynamodb.stop();
rmSync(folder, { recursive: true });
process.exit(0);

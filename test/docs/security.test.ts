import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { readDeployment } from '../../local/stack/deployment.ts';
import { PROJECT, readAssembly } from '../../local/stack/synthesize.ts';

const DOCUMENT = readFileSync(join(PROJECT, 'docs/security.md'), 'utf8');

/** `Ledger`, `Records/byDay`, `AlertsTopic`: what a permission is for, without the suffix of CloudFormation. */
function nameOf(arn: string): string {
  const [, table, index] = /:table\/Stores([A-Za-z]+?)[0-9A-F]{8}(?:\/index\/(\w+))?$/.exec(arn) ?? [];
  if (table !== undefined) return index === undefined ? table : `${table}/${index}`;
  if (arn.includes('@connections')) return `connections (${/nbwss\/(\w+)\//.exec(arn)?.[1]})`;
  if (arn.startsWith('arn:aws:s3')) return arn.startsWith('arn:aws:s3:::archive') ? 'ArchiveBucket' : 'GivenUpBucket';
  return (
    arn
      .split(':')
      .at(-1)
      ?.replace(/[0-9A-F]{8}$/, '') ?? arn
  );
}

/** What the page says in words below the table: a function's own log, and the stream that wakes it. */
const OWN = /:log-group:|\/stream\//;

const cell = (values: readonly unknown[]) => values.map((value) => `\`${value}\``).join(', ');

/** A row for each statement of each function's role, as the template has them. */
function rowsOfTemplate(): string[] {
  const { functions, roles, roleOf } = readDeployment(readAssembly(inject('assemblyFolder')));
  return functions.flatMap(({ id }) =>
    (roles.get(roleOf(id))?.statements ?? []).flatMap(({ Action, Resource, Condition }) => {
      const actions = [Action].flat().map((action) => String(action).replace(/^dynamodb:/, ''));
      const arns = [Resource].flat().map(String);
      if (actions.includes('ListStreams') || arns.some((arn) => OWN.test(arn))) return [];
      const keys = Object.values(Condition ?? {}).flatMap((test) => Object.values(test).flat());
      const things = arns.map(nameOf).sort().join(', ');
      return `| ${id.replace(/[0-9A-F]{8}$/, '')} | ${things} | ${cell(actions)} | ${cell(keys)} |`.replace(
        '  |',
        ' |',
      );
    }),
  );
}

it('docs/security.md lists what each function may do, and nothing else', () => {
  const rows = DOCUMENT.match(/^\| (?:Ingest|Projection|Publisher|Watch|Probe|ArchiveFunction) \| .*$/gm) ?? [];
  expect(rows.toSorted()).toEqual(rowsOfTemplate().toSorted());
});

it('only Ingest may write to the Ledger, and no function may delete from it', () => {
  const onLedger = rowsOfTemplate().filter((row) => row.includes('| Ledger |'));
  const writers = onLedger.filter((row) => /`(?:PutItem|UpdateItem|BatchWriteItem)`/.test(row));
  expect(writers.map((row) => row.split(' ')[1])).toEqual(['Ingest']);
  expect(onLedger.filter((row) => row.includes('DeleteItem'))).toEqual([]);
});

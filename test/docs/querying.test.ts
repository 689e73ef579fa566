import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExecuteStatementCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { expect, it } from 'vitest';
import { LEDGER_INDEXES, RECORDS_INDEXES, REGISTRY_INDEXES } from '../../functions/keys/indexes.ts';
import { PARTITION_KEY } from '../../functions/keys/tables.ts';
import { PROJECT } from '../../local/stack/synthesize.ts';
import { answers } from '../functions/questions/answers.ts';
import { everything } from '../functions/questions/everything.ts';
import { NO_SCHEDULES, startTestRun } from '../support/test-run.ts';

const DOCUMENT = readFileSync(join(PROJECT, 'docs/querying.md'), 'utf8');

/** Each PartiQL statement of the document, with the comment above it that says what it asks. */
const STATEMENTS = [...DOCUMENT.matchAll(/^```sql\n(.*?)^```$/gms)]
  .flatMap(([, block = '']) => block.trim().split('\n\n'))
  .map((text) => {
    const [, question = '', statement = ''] = /^-- (.*?)\n(.*)$/s.exec(text) ?? [];
    return { question, statement };
  });

const INDEXES = [LEDGER_INDEXES, RECORDS_INDEXES, REGISTRY_INDEXES].flatMap((indexes) => Object.values(indexes));

it.each(STATEMENTS)(
  'fixes the partition key of what it reads, so that it is not a scan: $question',
  ({ statement }) => {
    const [, index] = /FROM "\w+"(?:\."(\w+)")?\s+WHERE/.exec(statement) ?? [];
    const key = index === undefined ? PARTITION_KEY : INDEXES.find(({ name }) => name === index)?.partitionKey;
    expect(statement).toMatch(new RegExp(`WHERE "?${key}"? = '[^']+'`));
    expect(statement).not.toMatch(/\bOR\b/);
  },
);

// A long timeout: it starts a whole run, as the tests of docs/data-model.md do, beside tests that start a process for
// each command.
it('the PartiQL statements of docs/querying.md get the same answers as the questions of nbwatch', {
  timeout: 300_000,
}, async () => {
  const tables = await everything(await startTestRun({ clock: NO_SCHEDULES }));
  const expected = await answers(tables);
  const names: Record<string, string> = {
    Ledger: tables.ledger,
    Records: tables.records,
    Registry: tables.registry,
  };
  const found: Record<string, unknown[]> = {};
  for (const { question, statement } of STATEMENTS) {
    const Statement = statement.replace(/FROM "(\w+)"/, (_, table: string) => `FROM "${names[table]}"`);
    const { Items = [], NextToken } = await tables.client.send(new ExecuteStatementCommand({ Statement }));
    expect(NextToken, question).toBeUndefined();
    found[question] = Items.map((item) => expected[question]?.read(unmarshall(item)));
  }
  const named = Object.entries(expected).map(([question, { answer }]) => [question, answer]);
  expect(found).toEqual(Object.fromEntries(named));
});

it('docs/querying.md names the partition key of every index', () => {
  const rows = [...DOCUMENT.matchAll(/^\| ((?:`\w+`(?:, )?)+) \| ((?:`\w+`(?:, )?)+) \|$/gm)];
  const cells = (text = '') => [...text.matchAll(/`(\w+)`/g)].map(([, name]) => name);
  const named = rows.flatMap(([, indexes, keys]) => cells(indexes).map((name, at) => [name, cells(keys)[at]]));
  const unique = new Map(INDEXES.map(({ name, partitionKey }) => [name, partitionKey]));
  expect(new Map(named as [string, string][])).toEqual(unique);
});

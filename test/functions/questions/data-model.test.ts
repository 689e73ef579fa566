import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { paginateQuery } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, inject, it } from 'vitest';
import type { Tables } from '../../../functions/questions/query.ts';
import { PROJECT, readAssembly } from '../../../local/stack/synthesize.ts';
import { NO_SCHEDULES, startTestRun } from '../../support/test-run.ts';
import { answers } from './answers.ts';
import { documentedQueries, parseQuery } from './aws-cli.ts';
import { everything } from './everything.ts';
import { attributesOf, itemsByKind, kindNames } from './items.ts';

const DOCUMENT = readFileSync(join(PROJECT, 'docs/data-model.md'), 'utf8');

/** The text under a heading, up to the next heading of any level. */
function section(heading: string): string {
  const start = DOCUMENT.split('\n').indexOf(`### ${heading}`);
  if (start < 0) throw new Error(`docs/data-model.md has no heading ${heading}`);
  const lines = DOCUMENT.split('\n').slice(start + 1);
  const end = lines.findIndex((line) => line.startsWith('#') && !line.startsWith('# '));
  return lines.slice(0, end < 0 ? undefined : end).join('\n');
}

/** For a whole run with everything in it, beside tests that start processes. */
const LONG = { timeout: 300_000 };

/** Values that differ from run to run; an example shows one. */
const VARYING = new Set([
  ...['connectionId', 'openedAt', 'heardAt', 'closedAt', 'tokenHash', 'previousTokenHash', 'expiresAt'],
  ...['writtenAt', 'publishedAt', 'snsMessageId', 'createdAt', 'tokenUsedAt'],
  // How often it was written: facts that come together may share one write.
  'version',
]);

/** What an example of the document stands for: a text that ends in … is shortened, and some values vary. */
function meant(example: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(example).map(([name, value]) => {
      const varies = VARYING.has(name) || (name === 'pk' && String(value).startsWith('connection#'));
      if (varies) return [name, typeof value === 'number' ? expect.any(Number) : expect.any(String)];
      if (typeof value !== 'string' || !value.endsWith('…')) return [name, value];
      return [name, expect.stringContaining(value.slice(0, -1))];
    }),
  );
}

describe('docs/data-model.md', () => {
  // One run for all three: making it takes longer than asking it.
  it(
    'has queries that answer as the question functions do, examples of real items, and every attribute',
    LONG,
    async () => {
      const tables = await everything(await startTestRun({ clock: NO_SCHEDULES }));
      await checkQueries(tables);
      const found = await itemsByKind(tables);
      checkExamples([...found.values()].flat().map((item) => unmarshall(item)));
      checkAttributes(found);
    },
  );

  it('keeps its lines to 125 characters', () => {
    expect(DOCUMENT.split('\n').filter((line) => [...line].length > 125)).toEqual([]);
  });
});

/*
 * CloudFormation adds or removes one index of a table in one update, and filling it takes longer the larger the table
 * is. So these were all made before the first release, and a new question becomes another kind of partition in one of
 * them. If you need an index all the same, add it here, alone in its release: with two, every deployed stack fails to
 * update.
 */
const FROZEN = {
  Ledger: ['byDay (day, receivedAt) ALL'],
  Records: [
    'byClient (ofClient, receivedAt) ALL',
    'byDay (day, receivedAt) ALL',
    'byParent (ofParent, jobId) ALL',
    'byPrimary (ofPrimary, since) ALL',
    'pending (pending, pendingSince) KEYS_ONLY',
  ],
  Registry: ['byEndpoint (ofEndpoint, openedAt) ALL'],
};

interface TemplateIndex {
  IndexName: string;
  KeySchema: { AttributeName: string; KeyType: string }[];
  Projection: { ProjectionType: string };
}

describe('the indexes of the stack', () => {
  const indexes = Object.values(readAssembly(inject('assemblyFolder')).template.Resources)
    .filter(({ Type }) => Type === 'AWS::DynamoDB::Table')
    .flatMap(({ Properties = {} }) => (Properties.GlobalSecondaryIndexes ?? []) as TemplateIndex[])
    .map(({ IndexName, KeySchema, Projection }) => {
      const keys = KeySchema.toSorted((a, b) => (a.KeyType < b.KeyType ? -1 : 1)).map((key) => key.AttributeName);
      return `${IndexName} (${keys.join(', ')}) ${Projection.ProjectionType}`;
    });

  it('are exactly the frozen ones, because CloudFormation adds one index of a table per update', () => {
    expect(indexes.sort()).toEqual(Object.values(FROZEN).flat().sort());
  });

  it('are those that docs/data-model.md lists, table by table', () => {
    const rows = [...section('Indexes').matchAll(/^\| (\w+) +\| `(\w+)` +\| `(\w+)` +\| `(\w+)` +\| (\w+) +\|/gm)];
    const listed = rows.map(([, table, name, partition, sort, what]) => {
      return `${table}: ${name} (${partition}, ${sort}) ${what === 'keys' ? 'KEYS_ONLY' : 'ALL'}`;
    });
    const frozen = Object.entries(FROZEN).flatMap(([table, names]) => names.map((name) => `${table}: ${name}`));
    expect(listed.sort()).toEqual(frozen.sort());
  });
});

/** Each query gets the answers that the function for its question gets, and at least one. */
async function checkQueries(tables: Tables): Promise<void> {
  const expected = await answers(tables);
  const variables = { LEDGER: tables.ledger, RECORDS: tables.records, REGISTRY: tables.registry };
  const found: Record<string, unknown[]> = {};
  for (const { question, command } of documentedQueries(DOCUMENT)) {
    const pages = paginateQuery({ client: tables.client }, parseQuery(command, variables));
    const items = (await Array.fromAsync(pages)).flatMap(({ Items = [] }) => Items.map((item) => unmarshall(item)));
    expect(items, question).not.toEqual([]);
    found[question] = items.map((item) => expected[question]?.read(item));
  }
  const named = Object.entries(expected).map(([question, { answer }]) => [question, answer]);
  expect(found).toEqual(Object.fromEntries(named));
}

function checkExamples(items: readonly object[]): void {
  const examples = [...DOCUMENT.matchAll(/^```json\n(.*?)^```$/gms)].map(([, text]) => JSON.parse(text ?? ''));
  expect(examples.length).toBeGreaterThan(0);
  for (const example of examples) expect(items).toContainEqual(expect.objectContaining(meant(example)));
}

/** Every attribute of every kind of item is documented with its type, and none that no item has. */
function checkAttributes(found: Awaited<ReturnType<typeof itemsByKind>>): void {
  expect([...found.keys()].sort()).toEqual([...kindNames].sort());
  for (const [kind, items] of found) {
    const documented = [...section(kind).matchAll(/^\| `([^`]+)` \| ([a-z ]+?) \|/gm)];
    const names = documented.map(([, name, type]) => `${name} ${type}`);
    expect(names.sort(), kind).toEqual([...new Set(items.flatMap((item) => attributesOf(item)))].sort());
  }
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { COUNTERS } from '../../functions/ingest/log-outcome.ts';
import { imageEntry } from '../../functions/nbwss/image.ts';
import { jobEntry } from '../../functions/nbwss/job.ts';
import { PROJECT } from '../../local/stack/synthesize.ts';

const DOCUMENT = readFileSync(join(PROJECT, 'docs/protocol.md'), 'utf8');

/** The cells of each row of the table under a heading, without its header. */
function rowsUnder(heading: string): string[][] {
  const [, section = ''] = DOCUMENT.split(`\n## ${heading}\n`);
  const rows = section.split('\n## ')[0]?.match(/^\| .* \|$/gm) ?? [];
  return rows.slice(1).map((row) => row.slice(2, -2).split(' | '));
}

const named = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name);

it('docs/protocol.md has every outcome, in the order of the code, and no other', () => {
  const outcomes = rowsUnder('What comes of a message').flatMap(([outcome]) => named(outcome));
  expect([...new Set(outcomes)]).toEqual(Object.keys(COUNTERS));
});

it('the metric of each outcome has its name without spaces', () => {
  const spelled = (outcome: string) => outcome.replace(/(?:^|,? )(\w)/g, (_, first: string) => first.toUpperCase());
  for (const [outcome, metric = spelled(outcome)] of Object.entries(COUNTERS)) expect(metric).toBe(spelled(outcome));
});

it.each([
  ['JOB', jobEntry],
  ['IMAGE', imageEntry],
])('docs/protocol.md has every field of a %s entry, and says which are required', (object, { entries }) => {
  const rows = rowsUnder('What an entry must have').filter(([, of]) => of === object);
  const fields = rows.flatMap(([fields, , takes]) => named(fields).map((field) => [field, takes?.split(';')[0]]));
  const read = Object.entries(entries).map(([field, { type }]) => [
    field,
    type === 'nullish' ? 'optional' : 'required',
  ]);
  expect(fields.sort()).toEqual(read.sort());
});

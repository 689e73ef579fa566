import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PARTS } from '../../bench/parts.ts';
import { readJson } from '../../bench/report.ts';
import { PROJECT } from '../../local/stack/synthesize.ts';

const read = (path: string) => readFileSync(join(PROJECT, 'docs', path), 'utf8');

it.each(['ack', 'cold', 'query', 'drain', 'cost'])(
  'docs/performance.md has the tables and plots of %s.json',
  (name) => {
    const document = read('performance.md');
    for (const { report, plots } of Object.values(readJson(read(`performance/${name}.json`), PARTS).parts)) {
      for (const table of report.filter((paragraph) => paragraph.startsWith('|'))) expect(document).toContain(table);
      for (const [plot, svg] of Object.entries(plots)) expect(read(`performance/${plot}.svg`) === svg).toBe(true);
    }
  },
);

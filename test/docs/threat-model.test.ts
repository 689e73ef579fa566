import { describe, expect, it } from 'vitest';
import { read } from './documents.ts';

const TEXT = read('docs/threat-model.md');

/** Rows of the tables that say by which tests they are shown, without their headings. */
const ROWS = TEXT.split('\n\n')
  .filter((block) => /^\|.*\| shown by \|$/m.test(block))
  .flatMap((block) => block.split('\n').slice(2))
  .map((row) => {
    const cells = row.split(' | ');
    return { what: cells[0]?.replace(/^\| /, '') ?? '', shownBy: cells.at(-1)?.replace(/ \|$/, '') ?? '' };
  });

it('docs/threat-model.md has rows with their tests in each of its seven sections', () => {
  const sections = TEXT.split(/^## /m).slice(1);
  expect(sections).toHaveLength(7);
  for (const section of sections) expect(section).toContain('| shown by |');
  expect(ROWS.length).toBeGreaterThan(45);
});

describe.each(ROWS)('$what', ({ shownBy }) => {
  it('names tests that exist, or says why there are none', () => {
    if (/^none: \S/.test(shownBy)) return;
    // `test/….test.ts` “title”; “another title of the same file”; `test/….test.ts` “title”
    const named = [...shownBy.matchAll(/(?:`(test\/[^`]+\.test\.ts)` )?“([^”]+)”/g)];
    let file: string | undefined;
    const missing = named.filter(([, path, title = '']) => {
      file = path ?? file;
      return file === undefined || !read(file).includes(title);
    });
    expect(missing.map(([each]) => each)).toEqual([]);
    expect(named.map(([each]) => each).join('; ')).toBe(shownBy);
  });
});

it('docs/threat-model.md adds up the costs of a flood correctly', () => {
  const [, list = ''] = TEXT.split('| what | connections with a wrong token |');
  const rows = list.split('\n\n')[0]?.split('\n').slice(2) ?? [];
  const columns = [1, 2].map((column) => rows.map((row) => Number(row.split('|')[column + 1])));
  for (const numbers of columns) {
    const [day = 0, requests = 0, total = 0] = numbers.toReversed();
    const parts = numbers.slice(0, -3).reduce((sum, each) => sum + each, 0);
    expect(total).toBeCloseTo(parts, 5);
    expect(day).toBeCloseTo(((500 * 86_400) / requests / 1_000_000) * total, 1);
  }
});

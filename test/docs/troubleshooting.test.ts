import { globSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PROJECT } from '../../local/stack/synthesize.ts';
import { inlineCode, read } from './documents.ts';

/** The pages where people look up a message that they found in a log. */
const PAGES = ['docs/troubleshooting.md', 'docs/operations.md', 'docs/protocol.md'].map(read);

/** The text of a call that logs an error or warning, up to what it logs beside the message. */
const CALLS = /\b(?:log\.(?:error|warn)\(|logCounted\(\s*'(?:error|warn)',)(.*?)(?:,\s*(?:\{|\w+\))|\);)/gs;

/** Every message that functions log as an error or warning: texts, also those of a choice or of the constant `what`. */
const MESSAGES = globSync('functions/**/*.ts', { cwd: PROJECT }).flatMap((file) => {
  const source = read(file);
  return [...source.matchAll(CALLS)].flatMap(([, call = '']) => {
    const texts = [...call.matchAll(/'([^']+)'/g)];
    const named = /^\s*what\b/.test(call) ? [...source.matchAll(/const what = '([^']+)'/g)] : [];
    return [...texts, ...named].map(([, text = '']) => ({ file, text }));
  });
});

it.each(MESSAGES)('the documents explain "$text" of $file', ({ text }) => {
  expect(PAGES.some((page) => page.includes(`\`${text}\``))).toBe(true);
});

it('docs/troubleshooting.md explains no message that no function logs', () => {
  const [, list = ''] = read('docs/troubleshooting.md').split('\n## What the functions log\n');
  const rows = [...list.matchAll(/^\| `\w+`.*? \| (.*?) \|/gm)].flatMap(([, cell = '']) => inlineCode(cell));
  const logged = new Set(MESSAGES.map(({ text }) => text));
  expect(rows.length).toBeGreaterThan(25);
  expect(rows.filter((row) => !logged.has(row))).toEqual([]);
});

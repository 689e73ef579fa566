import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT } from '../../local/stack/synthesize.ts';
import packageFile from '../../package.json' with { type: 'json' };
import { idleProgram, leaves } from './idle-program.ts';
import { commandLine } from './nbwatch.ts';

/** The words of a shell line, up to a pipe or redirection. */
function wordsOf(line: string): string[] {
  const [, command = ''] = /^((?:"[^"]*"|[^"|>])*)/.exec(line) ?? [];
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

const COMMANDS = leaves(idleProgram(), []).map(({ words }) => words.join(' '));

describe.each(COMMANDS)('nbwatch %s --help', (name) => {
  it('describes the command, and has examples of it that the program accepts as they are', async () => {
    const { code, out, err } = await commandLine()(...name.split(' '), '--help');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(new RegExp(`^Usage: nbwatch ${name}.*\n\n\\S`));
    const [, prose = ''] = /^Usage: [^\n]*\n(.+?)\nExamples?:\n/s.exec(out) ?? [];
    expect(prose).not.toBe('');
    expect(prose.split('\n').filter((line) => line.length > 80)).toEqual([]);
    const [, examples = ''] = /\nExamples?:\n((?: {2}npx nbwatch .*\n)+)$/.exec(out) ?? [];
    const lines = examples.split('\n').filter(Boolean);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      const [, , ...argv] = wordsOf(line);
      expect(argv.join(' ')).toMatch(new RegExp(`^${name}( |$)`));
      await idleProgram().parseAsync(argv, { from: 'user' });
    }
  });
});

it('nbwatch without arguments says how to begin, with commands that exist', async () => {
  const { code, out, err } = await commandLine()();
  expect([code, err]).toEqual([0, '']);
  const named = [...out.matchAll(/^ {2}(npx nbwatch (?!--help).*?) {2}/gm)].map(([, line]) => line ?? '');
  expect(named.length).toBeGreaterThan(3);
  for (const line of named) await idleProgram().parseAsync(wordsOf(line).slice(2), { from: 'user' });
});

it('--version prints the version of package.json', async () => {
  expect(await commandLine()('--version')).toEqual({ code: 0, out: `${packageFile.version}\n`, err: '' });
});

it.each([
  [['jbos'], 'Did you mean jobs?', 'nbwatch --help'],
  [['alerts', 'lst'], 'Did you mean list?', 'nbwatch alerts --help'],
  [['jobs', '--clinet', 'x'], 'Did you mean --client?', 'nbwatch jobs --help'],
  [['jobs', '--csv', '--json'], "cannot be used with option '--json'", 'nbwatch jobs --help'],
])('wrong usage exits with 2, says what was meant or is wrong, and names the help: %j', async (argv, meant, where) => {
  const { code, out, err } = await commandLine()(...argv);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain(meant);
  expect(err).toContain(`See npx ${where}`);
});

it.each([[[]], [['--help']], [['alerts', '--help']]])(
  'help about several commands fits 80 columns: %j',
  async (argv) => {
    const { out } = await commandLine()(...argv);
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
  },
);

/** Lines of the command line that may print something, with their place: no comments, and no heading of an issue. */
function* saidLines(): Generator<readonly [place: string, line: string]> {
  for (const file of globSync('cli/**/*.ts', { cwd: PROJECT })) {
    const lines = readFileSync(join(PROJECT, file), 'utf8').split('\n').entries();
    for (const [index, line] of lines) if (!/^\s*(?:\/?\*|\/\/)|### /.test(line)) yield [`${file}:${index + 1}`, line];
  }
}

it('every command in a printed text begins with npx, as in README, so that it can be copied', () => {
  const commands = idleProgram().commands.map((command) => command.name());
  const bare = new RegExp(`(?<!npx )\\bnbwatch (?:(?:${commands.join('|')})\\b|--|…)`);
  expect([...saidLines()].filter(([, line]) => bare.test(line))).toEqual([]);
});

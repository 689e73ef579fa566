import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command, Option } from 'commander';
import { expect, it } from 'vitest';
import { createProgram } from '../../cli/program.ts';
import { PROJECT } from '../../local/stack/synthesize.ts';

const FILE = join(PROJECT, 'docs/cli.md');
const COMMON: ReadonlySet<string | undefined> = new Set(['--local', '--stack', '--json', '--csv', '--help']);

/** The help of every command without subcommands. */
function reference(): string {
  let said = '';
  const out = (text: string) => {
    said += text;
  };
  function* sections(command: Command, path: string): Generator<string> {
    if (command.commands.length > 0) {
      for (const sub of command.commands) yield* sections(sub, `${path} ${sub.name()}`);
      return;
    }
    const visibleOptions = ({ options }: Command): Option[] => options.filter(({ long }) => !COMMON.has(long));
    said = '';
    command.configureHelp({ helpWidth: 110, visibleOptions }).outputHelp();
    yield `### ${path}\n\n\`\`\`text\n${said.trim()}\n\`\`\`\n`;
  }
  return [
    ...sections(
      createProgram({ out, err: out }, async () => {}),
      'nbwatch',
    ),
  ].join('\n');
}

// `npm run docs` writes it again.
it('docs/cli.md shows the current help of every command', async () => {
  const [, byHand = ''] = /^(.*?\n)(?=\n### |$)/s.exec(`${readFileSync(FILE, 'utf8').trimEnd()}\n`) ?? [];
  await expect(`${byHand}\n${reference()}`).toMatchFileSnapshot(FILE);
});

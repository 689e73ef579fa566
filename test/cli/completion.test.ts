import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SHELLS, type Shell } from '../../cli/completion.ts';
import { createProgram } from '../../cli/program.ts';
import { commandLine } from './nbwatch.ts';

const isInstalled = (shell: Shell) => spawnSync(shell, ['-c', 'true']).status === 0;

/** The script for a shell in a file. */
async function script(shell: Shell): Promise<string> {
  const { code, out } = await commandLine()('completion', shell);
  expect(code).toBe(0);
  const folder = mkdtempSync(join(tmpdir(), 'nbwatch-completion-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, shell), out);
  return join(folder, shell);
}

describe('bash', () => {
  /** What bash offers for the last of these words. */
  const offered = (file: string, ...words: string[]): string[] => {
    const asked = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _nbwatch; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-c', asked, 'bash', file, 'nbwatch', ...words], { encoding: 'utf8' })
      .split('\n')
      .filter(Boolean);
  };

  it('offers commands, their subcommands, options, and the choices for the value of an option', async () => {
    const file = await script('bash');
    expect(offered(file, 'qua')).toEqual(['quarantine']);
    expect(offered(file, 'im')).toEqual(['image', 'images']);
    expect(offered(file, 'alerts', 'dismi')).toEqual(['dismiss', 'dismissed']);
    expect(offered(file, 'jobs', '--p')).toEqual(['--policy', '--primary']);
    expect(offered(file, 'alerts', 'list', '--kind', 'Fe')).toEqual(['FeedLost', 'FeedRestored']);
    expect(offered(file, 'alerts', 'list', '--kind', '=', 'Fe')).toEqual(['FeedLost', 'FeedRestored']);
    expect(offered(file, 'completion', '')).toEqual(expect.arrayContaining([...SHELLS]));
  });

  it('takes no value of an option for a command, and offers nothing for text that a shell would expand', async () => {
    const file = await script('bash');
    expect(offered(file, 'jobs', '--client', 'alerts', '--fai')).toEqual(['--failed']);
    expect(offered(file, 'alerts', '--stack', 'list', 'dism')).toEqual([]);
    expect(offered(file, 'jobs', '--client', 'sq')).toEqual([]);
    expect(offered(file, 'nothing', 'sta')).toEqual(['status']);
    const made = join(dirname(file), 'made');
    for (const command of [`$(touch ${made})`, `\`touch ${made}\``, `'; touch ${made}; '`]) {
      expect(offered(file, command, '*')).toEqual([]);
      expect(offered(file, 'jobs', command)).toEqual([]);
      expect(existsSync(made)).toBe(false);
    }
  });

  it('offers every top-level command of the program, with all its options', async () => {
    const file = await script('bash');
    const program = createProgram({ out: () => {}, err: () => {} }, async () => {});
    for (const command of program.commands) {
      expect(offered(file, command.name())).toContain(command.name());
      const options = command.options.map(({ long }) => long);
      expect(offered(file, command.name(), '--')).toEqual(expect.arrayContaining(options));
    }
  });
});

it.each(SHELLS.filter(isInstalled))('the script for %s has valid syntax', async (shell) => {
  expect(spawnSync(shell, ['-n', await script(shell)], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
});

it('the scripts for zsh and fish offer kinds and options, with descriptions', async () => {
  const zsh = (await commandLine()('completion', 'zsh')).out;
  expect(zsh).toMatch(/^#compdef nbwatch\n/);
  expect(zsh).toContain("'nbwatch alerts list --kind') found=('JobFailed' ");
  expect(zsh).toContain("'--failed:only failures: each time that a job ended with a nonzero status'");
  const fish = (await commandLine()('completion', 'fish')).out;
  expect(fish).toContain(`-n 'test (__nbwatch_place) = "nbwatch alerts list"' -l kind -xa 'JobFailed `);
  expect(fish).toContain(`-l overlap -r -d 'how long the old token stays valid at most'`);
});

it('completion exits with 2 for another shell and names the known ones', async () => {
  expect(await commandLine()('completion', 'tcsh')).toMatchObject({
    code: 2,
    err: expect.stringContaining('bash, zsh, fish'),
  });
});

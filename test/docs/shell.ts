import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The commands that documents may use. The shell fails at any other. */
const COMMANDS = ['aws', 'npm', 'npx', 'nbwatch', 'jq', 'sort', 'uniq', 'head', 'tail', 'grep'];

/** What every command prints, for documents that put the output into a variable. */
const PRINTED = 'arn:aws:sns:eu-central-1:123456789012:printed';

/** Variables that one page sets for others. */
const VARIABLES = {
  ...{ LEDGER: PRINTED, RECORDS: PRINTED, REGISTRY: PRINTED, ALERTS_TOPIC_ARN: PRINTED },
  ...{ ARCHIVE: 'nbwatch-archive', GIVEN_UP: 'nbwatch-given-up' },
};

const [END_OF_WORD, END_OF_COMMAND, LINE_BREAK] = ['\0', '\0\x1e\0', '\x1f'];

/**
 * The commands that shell text runs, word by word, as the shell itself reads it: with its quotes, variables and substitutions. None of
 * them is run. Throws with the shell's own words for text that it does not understand.
 */
export function commandsOf(text: string): string[][] {
  const folder = mkdtempSync(join(tmpdir(), 'nbwatch-docs-'));
  const record = join(folder, 'commands');
  const stubs = COMMANDS.map((name) => `${name}() { note ${name} "$@"; echo ${PRINTED}; }`);
  const script = [
    // Written in one go, or the commands of a pipe, which run side by side, would mix: the shell writes its buffer at
    // each line break.
    `note() { local break=$'\\n' written=$'\\x1f'; printf '%s\\0' "\${@//$break/$written}" '' $'\\x1e' >&3; }`,
    ...stubs,
    'date() { echo 1764288000; }',
    `exec 3>>'${record}'`,
    text,
  ].join('\n');
  writeFileSync(join(folder, 'script'), script);
  writeFileSync(record, '');
  try {
    // No folder in the path: nothing but the stubs and what the shell itself does can run.
    const env = { ...VARIABLES, PATH: '/nonexistent' };
    const { status, stderr } = spawnSync('/bin/bash', ['-eu', 'script'], { cwd: folder, env, encoding: 'utf8' });
    if (status !== 0 || stderr.includes('not found')) throw new Error(stderr || `exit code ${status}`);
    const commands = readFileSync(record, 'utf8').split(END_OF_COMMAND).slice(0, -1);
    return commands.map((words) => words.replaceAll(LINE_BREAK, '\n').split(END_OF_WORD).slice(0, -1));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../../cli/program.ts';
import { readSettings } from '../../lib/settings.ts';
import { PROJECT } from '../../local/stack/synthesize.ts';
import { blocks, DOCS, inlineCode, read } from './documents.ts';
import { commandsOf } from './shell.ts';

/** Commands of documents without their names, by name. `whole`: those that stand in a block, to be run as they are. */
interface Command {
  file: string;
  words: string[];
  whole: boolean;
}

const isCommand = (code: string) => /^(?:npx|npm|aws|nbwatch) [a-z-]+(?: |$)/.test(code) && !/[…{]/.test(code);

const COMMANDS: readonly Command[] = DOCS.flatMap((file) => {
  const text = read(file);
  const whole = commandsOf(blocks(text, 'sh').join('\n'));
  // What an error says begins with the program's name too; it stands in a table of messages.
  const inline = inlineCode(text).filter((code) => isCommand(code) && !code.startsWith('nbwatch runs on'));
  return [
    ...whole.map((words) => ({ file, words, whole: true })),
    ...commandsOf(inline.join('\n')).map((words) => ({ file, words, whole: false })),
  ];
});

/** Those of a program, each once, with what follows its name. `npx` is no program of its own. */
function commandsFor(program: string): Command[] {
  const found = new Map<string, Command>();
  for (const { words, ...rest } of COMMANDS) {
    const [name, ...args] = words[0] === 'npx' ? words.slice(1) : words;
    if (name === program) found.set(JSON.stringify([args, rest.whole]), { words: args, ...rest });
  }
  return [...found.values()];
}

/** How `nbwatch` ends where no one-machine run is up, and what it said. */
async function nbwatch(argv: readonly string[]): Promise<{ code: number; said: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'nbwatch-docs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  process.env.NBWATCH_FOLDER = folder;
  let said = '';
  const note = (text: string) => {
    said += text;
  };
  return { code: await run(argv, { out: note, err: note }), said };
}

const listed = (help: string, heading: string, name: RegExp) => {
  const [, list = ''] = help.split(`\n${heading}:\n`);
  return new Set([...(list.split('\n\n')[0] ?? '').matchAll(name)].map(([, found]) => found));
};

/** What `nbwatch` does not take of a command; empty when it takes it. */
async function faultsOf({ words, whole }: Command): Promise<string> {
  const [path, rest] = [[] as string[], [...words]];
  let help = (await nbwatch(['--help'])).said;
  while (listed(help, 'Commands', /^ {2}([a-z-]+)/gm).has(rest[0])) {
    path.push(String(rest.shift()));
    help = (await nbwatch([...path, '--help'])).said;
  }
  const options = listed(help, 'Options', /^ {2}(?:-\w, )?(--[a-z-]+)/gm);
  const unknown = rest.filter((word) => word.startsWith('--') && !options.has(word));
  if (unknown.length > 0) return `no option ${unknown.join(', ')}`;
  if (path.length === 0 && rest.length > 0 && !rest.includes('--help')) return `no command ${rest[0]}`;
  // The name of a command alone, in a text, leaves out what the command needs.
  if (!options.has('--local') || (!whole && rest.length === 0)) return '';
  const at = rest.indexOf('--stack');
  const { code, said } = await nbwatch([...path, ...(at < 0 ? rest : rest.toSpliced(at, 2)), '--local']);
  return code === 3 && said.startsWith('No one-machine run is up') ? '' : said;
}

it.each(commandsFor('nbwatch'))('nbwatch takes $words of $file', async (command) => {
  expect(await faultsOf(command)).toBe('');
});

it.each(commandsFor('npm'))('npm takes $words of $file', ({ words: [command = '', script = ''] }) => {
  const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
  if (command === 'run') expect(scripts).toContain(script);
  else if (command !== 'ci') expect(scripts).toContain(command);
});

it('has every program that npx runs', () => {
  const programs = new Set(COMMANDS.filter(({ words }) => words[0] === 'npx').map(({ words }) => words[1] ?? ''));
  const missing = [...programs].filter(
    (name) => name !== 'nbwatch' && !existsSync(join(PROJECT, 'node_modules/.bin', name)),
  );
  expect(missing).toEqual([]);
});

const runFile = promisify(execFile);

it('has every command of cdk, with settings that are taken', async () => {
  const { stdout } = await runFile(process.execPath, [join(PROJECT, 'node_modules/aws-cdk/bin/cdk'), '--help']);
  const known = new Set([...stdout.matchAll(/^ {2}cdk ([a-z-]+)/gm)].map(([, name]) => name));
  for (const { words } of commandsFor('cdk')) {
    const [command, ...options] = words;
    expect(known).toContain(command);
    const settings = options.flatMap((option, at) => (option === '-c' ? [String(options[at + 1]).split('=', 2)] : []));
    expect(options.length, words.join(' ')).toBe(2 * settings.length);
    readSettings(Object.fromEntries(settings));
  }
});

const aws = await runFile('aws', ['--version']).then(
  () => true,
  () => false,
);
if (!aws) console.warn('The AWS command line is not installed: what documents say of it is not checked.');

/** Those that bring a word or option that none before them had: what they share need not be read again. */
function distinct(commands: readonly Command[]): Command[] {
  const known = new Set<string>();
  return commands.filter(({ words: [service, operation, ...rest], whole }) => {
    const brought = [operation, ...rest.filter((word) => whole && word.startsWith('--'))];
    const fresh = brought.map((word) => `${service} ${operation} ${word}`).filter((word) => !known.has(word));
    for (const word of fresh) known.add(word);
    return fresh.length > 0;
  });
}

describe.runIf(aws)('the AWS command line', () => {
  // What it takes it sends; what it does not take, it ends with. Whole commands come first: a name alone brings no more.
  const commands = distinct(commandsFor('aws').toSorted((a, b) => Number(b.whole) - Number(a.whole)));

  it.each(commands)('takes $words of $file', async ({ words, whole }) => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(418).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const keys = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_MAX_ATTEMPTS: '1' };
    const env = { ...process.env, ...keys, AWS_DEFAULT_REGION: 'eu-central-1', AWS_CONFIG_FILE: '/nonexistent' };
    if (!whole) await runFile('aws', [...words.slice(0, 2), '--generate-cli-skeleton'], { env });
    else {
      const said = await runFile('aws', [...words, '--endpoint-url', url], { env }).catch((error) => error.stderr);
      expect(asked, said).toHaveLength(1);
    }
  });
});

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CommanderError } from 'commander';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readSettings } from '../../lib/settings.ts';
import { PROJECT } from '../../local/stack/synthesize.ts';
import { idleProgram } from '../cli/idle-program.ts';
import { blocks, DOCS, inlineCode, read } from './documents.ts';
import { commandsOf } from './shell.ts';

/** A command of a document. `whole`: it stands in a block, to be run as it is. */
interface Command {
  file: string;
  words: string[];
  whole: boolean;
}

const isCommand = (code: string) => /^(?:npx|npm|aws|nbwatch) [a-z-]+(?: |$)/.test(code) && !/[…{]/.test(code);

const COMMANDS: readonly Command[] = DOCS.flatMap((file) => {
  const text = read(file);
  const whole = commandsOf(blocks(text, 'sh').join('\n'));
  // An error message in a table begins with the program's name too.
  const inline = inlineCode(text).filter((code) => isCommand(code) && !code.startsWith('nbwatch runs on'));
  return [
    ...whole.map((words) => ({ file, words, whole: true })),
    ...commandsOf(inline.join('\n')).map((words) => ({ file, words, whole: false })),
  ];
});

/** The commands of a program, each once, by the words after its name. `npx` does not count as a program. */
function commandsFor(program: string): Command[] {
  const found = new Map<string, Command>();
  for (const { words, ...rest } of COMMANDS) {
    const [name, ...args] = words[0] === 'npx' ? words.slice(1) : words;
    if (name === program) found.set(JSON.stringify([args, rest.whole]), { words: args, ...rest });
  }
  return [...found.values()];
}

/** The errors for what a text leaves out when it only names a command. */
const LEFT_OUT = ['commander.missingArgument', 'commander.missingMandatoryOptionValue', 'commander.help'];

/** How commander ends the program after it has printed help or a version. */
const ANSWERED = ['commander.helpDisplayed', 'commander.version'];

/** Why `nbwatch` does not accept a command; empty when it does. */
async function faultOf({ words, whole }: Command): Promise<string> {
  try {
    await idleProgram().parseAsync(words, { from: 'user' });
    return '';
  } catch (error) {
    if (!(error instanceof CommanderError)) return String(error);
    // With an option it is a command to type, wherever it stands.
    const isName = !whole && !words.some((word) => word.startsWith('--'));
    const isLeftOut = isName && LEFT_OUT.includes(error.code);
    return isLeftOut || ANSWERED.includes(error.code) ? '' : error.message;
  }
}

it.each(commandsFor('nbwatch'))('nbwatch accepts $words of $file', async (command) => {
  expect(await faultOf(command)).toBe('');
});

it.each(commandsFor('npm'))('npm accepts $words of $file', ({ words: [command = '', script = ''] }) => {
  const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
  if (command === 'run') expect(scripts).toContain(script);
  else if (!['ci', 'audit'].includes(command)) expect(scripts).toContain(command);
});

it('every program that the documents run with npx is installed', () => {
  const programs = new Set(COMMANDS.filter(({ words }) => words[0] === 'npx').map(({ words }) => words[1] ?? ''));
  const missing = [...programs].filter(
    (name) => name !== 'nbwatch' && !existsSync(join(PROJECT, 'node_modules/.bin', name)),
  );
  expect(missing).toEqual([]);
});

const runFile = promisify(execFile);

it('every cdk command of the documents exists, and its settings are accepted', async () => {
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

/** The commands with a word or option that no command before them has: what they share needs no second check. */
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
  // It sends what it accepts, and fails at what it does not accept. Whole commands come first: a name alone adds
  // nothing to them.
  const commands = distinct(commandsFor('aws').toSorted((a, b) => Number(b.whole) - Number(a.whole)));

  it.each(commands)('accepts $words of $file', async ({ words, whole }) => {
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

import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import {
  descendants,
  isAlive,
  isServed,
  leftBy,
  newPlace,
  type Place,
  processesWith,
  SLOW,
  startProgram,
} from './program.ts';

function placeForTest(): Place {
  const place = newPlace();
  onTestFinished(() => place.remove());
  return place;
}

/** A PATH with what a shell needs, but without Java. */
function pathWithoutJava({ temporary }: Place): string {
  const folder = join(temporary, '..', 'bin');
  mkdirSync(folder);
  for (const program of ['bash', 'sh', 'env']) symlinkSync(`/bin/${program}`, join(folder, program));
  symlinkSync(process.execPath, join(folder, 'node'));
  for (const [name, file] of [
    ['npx', 'npx-cli.js'],
    ['npm', 'npm-cli.js'],
  ] as const)
    symlinkSync(npmFile(file), join(folder, name));
  return folder;
}

/** A file of npm, which lies beside a Node on the PATH. */
function npmFile(file: string): string {
  const folders = (process.env.PATH ?? '').split(':').map((bin) => join(bin, '..', 'lib/node_modules/npm/bin'));
  const found = folders.find((folder) => {
    try {
      return readdirSync(folder).includes(file);
    } catch {
      return false;
    }
  });
  return join(found ?? '', file);
}

it('--exit plays the story and ends with 0, without touching the folder', { timeout: SLOW }, async () => {
  const place = placeForTest();
  const program = startProgram(place, ['--exit']);
  expect(await program.ended).toBe(0);
  expect(program.stderr()).toBe('');
  for (const told of [
    'CONNECT answered: valid',
    'each stored, then acknowledged',
    '✉ ERROR sql01: BACKUP 2111 failed, status 58',
    '✉ OK again sql01',
    'no alert is sent twice',
    'checks passed',
    'What to do next',
  ])
    expect(program.text()).toContain(told);
  // One job failed; nothing else did.
  expect(program.text().match(/✗.*/g)).toEqual(['✗ DONE 58']);
  expect(readdirSync(join(place.folder, '..')).toSorted()).toEqual(['tmp']);
  expect(leftBy(place)).toEqual([]);
});

it.each([
  [['--exti'], /'--exti'/],
  [['--port', '65536'], /^--port takes a port from 0 to 65535, not 65536$/m],
  [['--cert', 'cert.pem'], /^--cert and --key go together$/m],
  [['story'], /story/],
])('wrong options (%j) end with 2, one line that says why and one that points to --help', async (args, why) => {
  const program = startProgram(placeForTest(), args);
  expect(await program.ended).toBe(2);
  expect(program.stderr()).toMatch(why);
  expect(program.stderr().trim().split('\n')).toEqual([expect.any(String), 'See npm start -- --help']);
  expect(program.text()).toBe('');
});

it('--help names every option and ends with 0', async () => {
  const program = startProgram(placeForTest(), ['--help']);
  expect(await program.ended).toBe(0);
  for (const option of ['--no-demo', '--exit', '--in-memory', '--reset', '--port', '--aws-port', '--cert', '--key'])
    expect(program.text()).toContain(`  ${option}`);
});

it('a start without Java says in one sentence what to install, and ends with 1', { timeout: SLOW }, async () => {
  const place = placeForTest();
  const program = startProgram(place, ['--exit'], { PATH: pathWithoutJava(place) });
  expect(await program.ended).toBe(1);
  expect(program.stderr()).toMatch(/^nbwatch runs on .* Java 17 .* install a JRE, .*\.\n$/);
  expect(leftBy(place)).toEqual([]);
});

it('a start that cannot create its folder says how to choose another, and ends with 1', async () => {
  const place = placeForTest();
  const file = join(place.temporary, 'file');
  writeFileSync(file, '');
  const program = startProgram({ ...place, folder: join(file, 'data') }, ['--no-demo']);
  expect(await program.ended).toBe(1);
  expect(program.stderr()).toMatch(/^ENOTDIR: .*\nChoose folders .*NBWATCH_FOLDER.*\n$/);
});

it.each([
  ['while the stack is synthesized', ['--no-demo'], 'nbwatch on one machine', 130],
  ['in the middle of the story', ['--exit'], 'Primary server', 130],
  ['while the gateway comes up', ['--no-demo'], 'functions bundled', 130],
  ['while it serves', ['--no-demo'], 'Ctrl-C stops everything.', 0],
])(
  'Ctrl-C %s leaves no process, no temporary file and no local.json',
  { timeout: SLOW },
  async (_, args, line, code) => {
    const place = placeForTest();
    const program = startProgram(place, [...args, '--port', '0', '--aws-port', '0']);
    await program.printed(line);
    const started = descendants(program.pid);
    program.ctrlC();
    expect(await program.ended).toBe(code);
    expect(program.stderr()).toBe('');
    await expect.poll(() => started.filter(isAlive)).toEqual([]);
    await expect.poll(() => processesWith(place.folder)).toEqual([]);
    expect(leftBy(place)).toEqual([]);
    expect(isServed(place)).toBe(false);
  },
);

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { RunDescription } from '../../../local/describe-run.ts';
import { PROJECT } from '../../../local/stack/synthesize.ts';

/** Long enough for a start on a machine that is busy with other tests. */
export const SLOW = 120_000;

/** Folders for the runs of a test, never the user's `.nbwatch/`. `temporary` shows what runs leave behind. */
export interface Place {
  folder: string;
  temporary: string;
  remove(): void;
}

export function newPlace(): Place {
  const root = mkdtempSync(join(tmpdir(), 'nbwatch-start-'));
  const place = { folder: join(root, 'data'), temporary: join(root, 'tmp') };
  mkdirSync(place.temporary);
  return { ...place, remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 3 }) };
}

/** `npm start` as a process, in a process group of its own as a shell would give it. */
export interface Program {
  pid: number;
  text(): string;
  stderr(): string;
  /** Resolves once the program has printed this. Fails when the program ends first. */
  printed(what: string): Promise<void>;
  /** The exit code, or the signal that ended it. */
  ended: Promise<number | string | null>;
  /** SIGINT to every process of the group, as Ctrl-C in a terminal sends it. */
  ctrlC(): void;
  signal(signal: NodeJS.Signals): void;
}

export function startProgram(place: Place, args: readonly string[], more: Record<string, string> = {}): Program {
  const env = { ...process.env, NBWATCH_FOLDER: place.folder, TMPDIR: place.temporary, ...more };
  const argv = ['--import', './bin/require-node-24.js', 'local/main.ts', ...args];
  const child: ChildProcess = spawn(process.execPath, argv, { cwd: PROJECT, env, detached: true, stdio: 'pipe' });
  const { pid = 0 } = child;
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (data) => {
    stdout += data;
  });
  child.stderr?.on('data', (data) => {
    stderr += data;
  });
  let over = false;
  const ended = once(child, 'exit').then(([code, signal]) => {
    over = true;
    return code ?? signal;
  });
  onTestFinished(async () => {
    if (!over) child.kill('SIGKILL');
    await ended;
  });
  return {
    pid,
    text: () => stdout,
    stderr: () => stderr,
    async printed(what) {
      await expect.poll(() => over || stdout.includes(what), { timeout: SLOW, interval: 20 }).toBe(true);
      expect(stdout + stderr).toContain(what);
    },
    ended,
    ctrlC: () => void process.kill(-pid, 'SIGINT'),
    signal: (signal) => void child.kill(signal),
  };
}

/** The contents of `local.json`, once the program serves. */
export async function serving(place: Place, program: Program): Promise<RunDescription> {
  await program.printed('Ctrl-C stops everything.');
  return JSON.parse(readFileSync(join(place.folder, 'local.json'), 'utf8'));
}

/** Each process's id, its parent's id and its line of `ps`, without zombies. */
function processes(): { pid: number; parent: number; line: string }[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [pid, parent, stat] = line.trim().split(/\s+/);
    return stat === undefined || stat.startsWith('Z') ? [] : [{ pid: Number(pid), parent: Number(parent), line }];
  });
}

/** Processes whose command line contains this: DynamoDB Local and its keeper name their data folder there. */
export function processesWith(text: string): string[] {
  return processes()
    .map(({ line }) => line)
    .filter((line) => line.includes(text));
}

/** Ids of all descendants of a process. */
export function descendants(pid: number): number[] {
  const all = processes();
  const below = (one: number): number[] =>
    all.filter(({ parent }) => parent === one).flatMap((child) => [child.pid, ...below(child.pid)]);
  return below(pid);
}

export function isAlive(pid: number): boolean {
  return processes().some((one) => one.pid === pid);
}

/** The runs' own temporary files that are left; npx keeps a cache of its own there. */
export const leftBy = ({ temporary }: Place) => readdirSync(temporary).filter((name) => name.startsWith('nbwatch-'));

export const isServed = (place: Place) => existsSync(join(place.folder, 'local.json'));

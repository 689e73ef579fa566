import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { run as runCli } from '../../cli/program.ts';
import { describeRun } from '../../local/describe-run.ts';
import { readExample } from '../../local/story/examples.ts';
import { startTestRun, type TestRun } from '../support/test-run.ts';

/** What a command printed and how it ended. */
export interface Ended {
  code: number;
  out: string;
  err: string;
}

/** A run, and the command line that is about it. */
export interface Nbwatch extends TestRun {
  nbwatch(...argv: string[]): Promise<Ended>;
  /** The objects that a command printed with --json. */
  json(...argv: string[]): Promise<Record<string, unknown>[]>;
  /** Sends messages of `examples/` from a primary and waits until all that follows has happened. */
  play(...files: string[]): Promise<void>;
}

/** The command line where no one-machine run is up. */
export function commandLine(folder = mkdtempSync(join(tmpdir(), 'nbwatch-cli-'))): Nbwatch['nbwatch'] {
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return async (...argv) => {
    process.env.NBWATCH_FOLDER = folder;
    const ended: Ended = { code: 0, out: '', err: '' };
    const streams = {
      out: (text: string) => {
        ended.out += text;
      },
      err: (text: string) => {
        ended.err += text;
      },
    };
    ended.code = await runCli(argv, streams);
    return ended;
  };
}

export async function startNbwatch(): Promise<Nbwatch> {
  const test = await startTestRun();
  const folder = mkdtempSync(join(tmpdir(), 'nbwatch-cli-'));
  writeFileSync(join(folder, 'local.json'), JSON.stringify(describeRun(test.run)));
  const nbwatch = commandLine(folder);
  return {
    ...test,
    nbwatch,
    async json(...argv) {
      const { out } = await nbwatch(...argv, '--json');
      return out.trim() === ''
        ? []
        : out
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line));
    },
    async play(...files) {
      const primary = test.primary();
      await primary.start();
      for (const file of files) {
        const { payload, id, timeStamp } = readExample(file);
        await primary.notify(payload, { id, timeStamp });
      }
      await test.run.idle();
      await primary.stop();
    },
  };
}

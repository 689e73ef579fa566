import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { run as runCli, type Wait } from '../../cli/program.ts';
import { describeRun } from '../../local/describe-run.ts';
import { HOST } from '../../local/environment.ts';
import { forwarder } from '../../local/proxy/backends.ts';
import { header, type Reply, read } from '../../local/proxy/http.ts';
import type { RunOptions } from '../../local/run.ts';
import { readExample } from '../support/examples.ts';
import { startTestRun, type TestRun } from '../support/test-run.ts';

/** What a command printed and how it ended. */
export interface Ended {
  code: number;
  out: string;
  err: string;
}

/** A call of the command line to DynamoDB. A test may change the request before it is sent. */
export interface DatabaseCall {
  /** `Scan`. */
  operation: string;
  // biome-ignore lint/suspicious/noExplicitAny: the request of any operation
  request: any;
}

/** If it returns a reply, the command line gets that instead of the database's. */
export type OnCall = (call: DatabaseCall) => Reply | undefined | Promise<Reply | undefined>;

/** A one-machine run, and the command line that uses it. */
export interface Nbwatch extends TestRun {
  nbwatch(...argv: string[]): Promise<Ended>;
  /** The objects that a command printed with --json. */
  json(...argv: string[]): Promise<Record<string, unknown>[]>;
  /** Sends messages of `examples/` from a primary server, and waits until the run is idle again. */
  play(...files: string[]): Promise<void>;
  /** The folder in which the command line finds the run and keeps its own files. */
  folder: string;
  /** From now on, a command that waits runs this instead. */
  meanwhile(happens: Wait): void;
  /** From now on, shows each call of the command line to DynamoDB to `onCall` before it is made. */
  between(onCall: OnCall): Promise<void>;
}

/** The command line without a one-machine run. */
export function commandLine(
  folder = mkdtempSync(join(tmpdir(), 'nbwatch-cli-')),
  wait: Wait = async () => {},
): Nbwatch['nbwatch'] {
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
    ended.code = await runCli(argv, streams, wait);
    return ended;
  };
}

export async function startNbwatch(options: Partial<RunOptions> = {}): Promise<Nbwatch> {
  const test = await startTestRun(options);
  const folder = mkdtempSync(join(tmpdir(), 'nbwatch-cli-'));
  const describe = (awsUrl: string) =>
    writeFileSync(join(folder, 'local.json'), JSON.stringify({ ...describeRun(test.run), awsUrl }));
  describe(test.run.awsUrl);
  let happens: Wait = async () => {};
  const nbwatch = commandLine(folder, (ms) => happens(ms));
  return {
    ...test,
    nbwatch,
    folder,
    meanwhile(what) {
      happens = what;
    },
    between: async (onCall) => describe(await standBetween(test.run.awsUrl, onCall)),
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

/** Starts a server that shows each call to `onCall` and forwards it; returns its URL. */
async function standBetween(url: string, onCall: OnCall): Promise<string> {
  const backend = forwarder({ dynamodb: { url, accessKeyId: 'person' } });
  const server = createServer(async (incoming, outgoing) => {
    const asked = await read(incoming);
    const [, operation = ''] = header(asked, 'x-amz-target')?.split('.') ?? [];
    const request = JSON.parse(String(asked.body));
    const instead = await onCall({ operation, request });
    const answer =
      instead ?? (await backend.forward('dynamodb', { ...asked, body: Buffer.from(JSON.stringify(request)) }));
    outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  }).listen(0, HOST);
  await once(server, 'listening');
  onTestFinished(() => {
    backend.close();
    server.close();
    server.closeAllConnections();
  });
  return `http://${HOST}:${(server.address() as AddressInfo).port}`;
}

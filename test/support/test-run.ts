import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { onTestFinished } from 'vitest';
import type { EndpointFile } from '../../client/endpoint-file.ts';
import { createPrimary, type Primary, type PrimaryOptions } from '../../client/primary.ts';
import type { Item } from '../../functions/store/items.ts';
import { type Clock, systemClock } from '../../local/clock.ts';
import { registerDemoEndpoint } from '../../local/demo-endpoint.ts';
import type { Frame } from '../../local/gateway/gateway.ts';
import { isAlert, isForProbe } from '../../local/is-alert.ts';
import type { Published } from '../../local/proxy/sns-rules.ts';
import { type Run, type RunOptions, startRun } from '../../local/run.ts';
import { createTableReader, type TableReader } from '../../local/table-reader.ts';
import { talkative } from './changed-assembly.ts';
import { testDatabase } from './database.ts';

/** The whole stack, running for one test, and what the test can look at. */
export interface TestRun {
  run: Run;
  endpoint: EndpointFile;
  look: TableReader;
  frames: Frame[];
  /** What the topics for alerts, the chat and the probe accepted. */
  published: Published[];
  chat: Published[];
  probe: Published[];
  /** What functions logged, line by line. */
  logs: string[];
  /** Functions that failed, and calls that their roles do not allow: `Ingest…: crash: …`. */
  troubles: string[];
  /** A primary server, of the demo endpoint unless `options` say otherwise. It stops when the test ends. */
  primary(options?: Partial<PrimaryOptions>): Primary;
  /** Every item of one of the stack's tables. */
  items(table: 'LedgerTable' | 'RecordsTable' | 'RegistryTable'): Promise<Item[]>;
}

/** A clock that drops timers of a minute or more, so that no schedule interferes with a slow test. */
export const NO_SCHEDULES: Clock = {
  ...systemClock,
  after: (ms, callback) => (ms < 60_000 ? systemClock.after(ms, callback) : () => {}),
};

/** Starts the stack with a database of its own and a budget for every alert, and stops it when the test is over. */
export async function startTestRun(options: Partial<RunOptions> = {}): Promise<TestRun> {
  const frames: Frame[] = [];
  const published: Published[] = [];
  const chat: Published[] = [];
  const probe: Published[] = [];
  const logs: string[] = [];
  const troubles: string[] = [];
  const { url, accessKeyId } = testDatabase();
  const run = await startRun({
    assembly: talkative(),
    dynamodb: { url, accessKeyId },
    ...options,
    on: {
      frame: (frame) => frames.push(frame),
      published: (message) => (isAlert(message) ? published : isForProbe(message) ? probe : chat).push(message),
      log: ({ line }) => logs.push(line),
      denied: ({ role, action, resource }, why) => troubles.push(`${role}: denied ${action} on ${resource} ${why}`),
      invoked: (functionId, failure) => failure && troubles.push(`${functionId}: ${failure}`),
      ...options.on,
    },
  });
  onTestFinished(() => run.stop());
  const endpoint = await registerDemoEndpoint(run);
  const { LedgerTable = '', RecordsTable = '' } = run.deployment.outputs;
  return {
    run,
    endpoint,
    look: createTableReader(run.dynamodb, { ledger: LedgerTable, records: RecordsTable }),
    frames,
    published,
    chat,
    probe,
    logs,
    troubles,
    primary(more = {}) {
      const primary = createPrimary({ endpoint, insecure: true, ...more });
      onTestFinished(() => primary.stop());
      return primary;
    },
    async items(table) {
      const { Items = [] } = await run.dynamodb.send(new ScanCommand({ TableName: run.deployment.outputs[table] }));
      return Items.map((item) => unmarshall(item));
    },
  };
}

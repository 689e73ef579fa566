import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { EndpointFile } from '../../client/endpoint-file.ts';
import { createPrimary, type Primary } from '../../client/primary.ts';
import { times } from '../../client/times.ts';
import { imageFactKey, jobFactKey } from '../../functions/keys/ledger.ts';
import type { Published } from '../proxy/sns-rules.ts';
import type { Run } from '../run.ts';
import { createTableReader, type TableReader } from '../table-reader.ts';
import { type Payload, PRIMARY } from './estate.ts';
import type { Narrator } from './narrator.ts';

/** What the story runs on. `published` fills as alerts are sent, `chat` as copies of them are. */
export interface Stage {
  run: Run;
  endpoint: EndpointFile;
  published: readonly Published[];
  chat: readonly Published[];
}

/** Something that must be true: what was expected, and what was found. */
export interface Expectation {
  what: string;
  expected: unknown;
  actual: unknown;
}

/** What the acts of the story have in common. */
export interface Scene {
  stage: Stage;
  look: TableReader;
  narrator: Narrator;
  primary: Primary;
  /** When the night begins, epoch seconds. */
  begin: number;
  /** How many ms each notification waited for its acknowledgement. */
  waits: readonly number[];
  /** Sends a message, and checks that all of it was stored when it was acknowledged. */
  send(payload: Payload): Promise<void>;
  /** Sends all messages again, under the same ids. Returns how many. */
  sendAgain(): Promise<number>;
  /**
   * Resolves when an alert of this kind is sent, or when nothing is left that could bring one. `ms` counts from the
   * last acknowledgement.
   */
  told(kind: string): Promise<{ alert: Published | undefined; ms: number }>;
  /** Prints `said` if all expectations are met, otherwise each one that is not. */
  check(said: string, expectations: readonly Expectation[]): void;
}

interface Sent {
  payload: Payload;
  id: string;
  timeStamp: number;
}

/** How long ago the night began, seconds: by NetBackup's clock, the story takes two nights and ends now. */
const SINCE_NIGHT = 26 * 3_600;

/** Unacknowledged messages at a time. More than ten invocations at a time would be throttled. */
const OUTSTANDING = 4;

export const kindOf = ({ attributes }: Published) => attributes.kind?.value;

/** A scene, with the expectations missed so far and the number of checks made. */
export function createScene(stage: Stage, narrator: Narrator) {
  const { run, published } = stage;
  const { LedgerTable = '', RecordsTable = '' } = run.deployment.outputs;
  const look = createTableReader(run.dynamodb, { ledger: LedgerTable, records: RecordsTable });
  const missed: Expectation[] = [];
  const unstored: string[] = [];
  const waits: number[] = [];
  const sent: Sent[] = [];
  let checked = 0;
  let acknowledgedAt = 0;
  const primary = createPrimary({
    // Without TLS: the certificate is for primary servers elsewhere.
    endpoint: { ...stage.endpoint, url: run.gateway.plainUrl },
    insecure: true,
    // After a cut NetBackup waits a minute before it connects again. The story cannot wait that long.
    times: { ...times(), reconnectAfter: 500 },
    maxOutstanding: OUTSTANDING,
  });

  async function checkStored(payload: Payload): Promise<void> {
    for (const key of payload.flatMap(keysOf)) {
      checked += 1;
      if (!(await look.fact(key))) unstored.push(`${key.pk} ${key.sk}`);
    }
  }

  const scene: Scene = {
    ...{ stage, look, narrator, primary, waits },
    begin: Math.floor(Date.now() / 1000) - SINCE_NIGHT,
    async send(payload) {
      const message = { payload, id: randomUUID(), timeStamp: Math.floor(Date.now() / 1000) };
      const { ms } = await primary.notify([...payload], message);
      acknowledgedAt = performance.now();
      sent.push(message);
      waits.push(ms);
      await checkStored(payload);
    },
    async sendAgain() {
      await Promise.all(sent.map(({ payload, ...ids }) => primary.notify([...payload], ids)));
      await run.idle();
      return sent.length;
    },
    async told(kind) {
      const alert = () => published.findLast((one) => kindOf(one) === kind);
      let isIdle = false;
      const idle = run.idle().finally(() => {
        isIdle = true;
      });
      while (!alert() && !isIdle) await setTimeout(5);
      const ms = performance.now() - acknowledgedAt;
      await idle;
      return { alert: alert(), ms };
    },
    check(said, expectations) {
      const all = [
        ...expectations,
        { what: 'acknowledged, but not stored', expected: '', actual: unstored.join(', ') },
      ];
      const wrong = all.filter(({ expected, actual }) => expected !== actual);
      checked += all.length;
      missed.push(...wrong);
      unstored.length = 0;
      if (wrong.length === 0) narrator.held(said);
      for (const one of wrong) narrator.missed(one);
    },
  };
  return { scene, missed: missed as readonly Expectation[], checked: () => checked };
}

function keysOf(part: Payload[number]) {
  return part.object === 'JOB'
    ? part.data.map((entry) => jobFactKey(PRIMARY, entry))
    : part.data.map((entry) => imageFactKey(PRIMARY, entry));
}

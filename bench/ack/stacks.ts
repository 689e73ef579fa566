import { join } from 'node:path';
import type { EndpointFile } from '../../client/endpoint-file.ts';
import { type Clock, systemClock } from '../../local/clock.ts';
import { registerDemoEndpoint } from '../../local/demo-endpoint.ts';
import type { DynamoDbLocal } from '../../local/dynamodb/dynamodb-local.ts';
import { type Run, startRun } from '../../local/run.ts';
import { bundle } from '../../local/stack/bundle.ts';
import type { Assembly } from '../../local/stack/synthesize.ts';
import { patientClients } from '../bundle.ts';
import { withIngest } from './assembly.ts';
import { connectSender, type Sender } from './sender.ts';

/** The names of the stacks that are compared. */
export const VARIANTS = ['ours', 'floor', 'peer'] as const;
export type Variant = (typeof VARIANTS)[number];

const HANDLERS: Readonly<Record<Variant, string>> = {
  ours: 'functions/ingest/handler.ts',
  floor: 'bench/ack/floor.ts',
  peer: 'bench/ack/peer.ts',
};

/** Invocations at a time: more than connections, so that nothing is throttled. */
const CONCURRENCY = 64;

/** A clock on which no schedule wakes a function while others are measured. */
export const withoutSchedules: Clock = {
  ...systemClock,
  after: (ms, callback) => (ms < 60_000 ? systemClock.after(ms, callback) : () => {}),
};

/** A running stack, with accepted connections. */
export interface Stack {
  senders: readonly Sender[];
  /** Resolves when all work behind the streams on what was sent is done. */
  rest(): Promise<void>;
  stop(): Promise<void>;
}

/** What all stacks of a run have in common. */
export interface Ground {
  assembly: Assembly;
  /** Where bundles are put. */
  folder: string;
  dynamodb: Pick<DynamoDbLocal, 'url'>;
  connections: number;
  /**
   * Called with anything that a function or the gateway should not have done: figures with trouble in them do not
   * count.
   */
  onTrouble(trouble: string): void;
}

/** Starts a stack with its handler as `Ingest`, under its own name. Its streams wake no function unless `mapped`. */
export async function startStack(
  ground: Ground,
  variant: Variant,
  name: string,
  { mapped = false } = {},
): Promise<Stack> {
  const { assembly, folder, dynamodb, connections, onTrouble } = ground;
  const ingest = await bundle(HANDLERS[variant], join(folder, name), [patientClients]);
  const run = await startRun({
    assembly: withIngest(assembly, ingest, { idempotency: variant === 'peer' }),
    dynamodb: { url: dynamodb.url, accessKeyId: `bench${name}` },
    clock: withoutSchedules,
    maxConcurrency: CONCURRENCY,
    on: {
      denied: ({ action, resource }, why) => onTrouble(`${name}: ${action} on ${resource} was denied ${why}`),
      invoked: (functionId, failure) => failure && onTrouble(`${name}: ${functionId}: ${failure}`),
    },
  });
  try {
    if (!mapped) await run.mappings.pause();
    const rest = async () => {
      if (mapped) await run.idle();
    };
    return { senders: await connectAll(run, connections), rest, stop: () => run.stop() };
  } catch (error) {
    await run.stop();
    throw error;
  }
}

async function connectAll(run: Run, count: number): Promise<Sender[]> {
  const endpoint: EndpointFile = await registerDemoEndpoint(run);
  const senders: Sender[] = [];
  // One after the other: so many cold starts at once would take longer than a client waits.
  for (let n = 0; n < count; n += 1) senders.push(await connectSender(endpoint));
  return senders;
}

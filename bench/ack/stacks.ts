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

/** The names of what is compared. */
export const VARIANTS = ['ours', 'floor', 'peer'] as const;
export type Variant = (typeof VARIANTS)[number];

const HANDLERS: Readonly<Record<Variant, string>> = {
  ours: 'functions/ingest/handler.ts',
  floor: 'bench/ack/floor.ts',
  peer: 'bench/ack/peer.ts',
};

/** Invocations at a time: more than connections, so that none is throttled. */
const CONCURRENCY = 64;

/** No schedule wakes a function while others are measured. */
export const withoutSchedules: Clock = {
  ...systemClock,
  after: (ms, callback) => (ms < 60_000 ? systemClock.after(ms, callback) : () => {}),
};

/** A stack that runs, with connections that are accepted. */
export interface Stack {
  senders: readonly Sender[];
  /** Resolves when nothing that was sent is still worked on behind the streams. */
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
  /** Told what a function or the gateway should not have done: a figure with trouble in it is none. */
  onTrouble(trouble: string): void;
}

/** Starts a stack with its handler as `Ingest`, under a name of its own. Its streams wake nobody unless `mapped`. */
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
  // One after the other: so many cold starts at once would outlast what a client waits for.
  for (let n = 0; n < count; n += 1) senders.push(await connectSender(endpoint));
  return senders;
}

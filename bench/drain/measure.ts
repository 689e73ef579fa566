import { setTimeout as sleep } from 'node:timers/promises';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { type Run, startRun } from '../../local/run.ts';
import { readDeployment } from '../../local/stack/deployment.ts';
import { withoutSchedules } from '../ack/stacks.ts';
import type { Ground } from '../part.ts';
import { percentile } from '../percentiles.ts';
import { FAILS_EACH, factMaker, type Sent } from './facts.ts';
import { addCalls, type Calls, startWatching, type Watching } from './watching.ts';

export interface DrainPlan {
  rounds: number;
  /** How many facts a backlog has. */
  backlog: number;
  /** At which shares of the drained rate facts come steadily, and for how long, seconds. */
  shares: readonly number[];
  seconds: number;
}

/** ms since the fact was stored. */
export interface Delay {
  p50: number;
  p99: number;
}

export interface DrainFigures {
  backlog: {
    facts: number;
    messages: number;
    /** Facts stored per second, and facts turned into records per second, round by round. */
    stored: number[];
    drained: number[];
    /** Messages per second from the first record to the last message. */
    published: number[];
  };
  /** The calls that it took, over all rounds, to drain so many facts and publish so many messages. */
  calls: { facts: number; messages: number; of: Calls };
  loads: { share: number; facts: number[]; perSecond: number[]; visible: Delay[]; published: Delay[] }[];
}

const NEVER = new AbortController().signal;
const AT_ONCE = 40;

export async function measureDrain(ground: Omit<Ground, 'folder' | 'pace'>, plan: DrainPlan): Promise<DrainFigures> {
  const { assembly, progress, onTrouble } = ground;
  const { RecordsTable = '' } = readDeployment(assembly).outputs;
  const watching = startWatching(RecordsTable);
  const run = await startRun({
    assembly,
    dynamodb: { url: (await ground.dynamodb()).url, accessKeyId: 'benchdrain' },
    clock: withoutSchedules,
    faults: () => watching.faults,
    on: {
      published: watching.onPublished,
      denied: ({ action, resource }, why) => onTrouble(`drain: ${action} on ${resource} was denied ${why}`),
      invoked: (functionId, failure) => failure && onTrouble(`drain: ${functionId}: ${failure}`),
    },
  });
  const figures: DrainFigures = {
    backlog: { facts: plan.backlog, messages: 0, stored: [], drained: [], published: [] },
    calls: { facts: 0, messages: 0, of: {} },
    loads: plan.shares.map((share) => ({ share, facts: [], perSecond: [], visible: [], published: [] })),
  };
  const make = factMaker();
  try {
    progress('drain: warming');
    await drain(run, watching, make, Math.ceil(plan.backlog / 10));
    for (let round = 1; round <= plan.rounds; round += 1) {
      progress(`drain: round ${round} of ${plan.rounds}, a backlog of ${plan.backlog} facts`);
      const { stored, drained, published, messages } = await drain(run, watching, make, plan.backlog);
      figures.backlog.stored.push(stored);
      figures.backlog.drained.push(drained);
      figures.backlog.published.push(published);
      figures.backlog.messages = messages;
      const { calls } = figures;
      const of = addCalls(calls.of, watching.calls);
      figures.calls = { facts: calls.facts + plan.backlog, messages: calls.messages + messages, of };
      for (const load of figures.loads) {
        const perSecond = load.share * drained;
        progress(`drain: round ${round} of ${plan.rounds}, ${perSecond.toFixed(0)} facts per second`);
        const found = await bear(run, watching, make, perSecond, plan.seconds);
        load.facts.push(found.facts);
        load.perSecond.push(perSecond);
        load.visible.push(found.visible);
        load.published.push(found.published);
      }
    }
  } finally {
    await run.stop();
  }
  return figures;
}

const ledgerOf = (run: Run) => createLedger(run.dynamodb, run.deployment.outputs.LedgerTable ?? '');

/** Stores a backlog while nothing reads the streams, then lets them be read. Rates are per second. */
async function drain(run: Run, watching: Watching, make: (at: number) => Sent, count: number) {
  watching.forget();
  run.mappings.pause();
  const ledger = ledgerOf(run);
  const sent = Array.from({ length: count }, () => make(Date.now()));
  const begun = performance.now();
  for (let first = 0; first < count; first += AT_ONCE)
    await ledger.append(
      sent.slice(first, first + AT_ONCE).map(({ fact }) => fact),
      NEVER,
    );
  const resumed = performance.now();
  run.mappings.resume();
  await run.idle();
  const visible = sent.map(({ fact }) => at(watching.visible, fact.pk));
  const published = sent.flatMap(({ alerts }) => (alerts === undefined ? [] : at(watching.published, alerts)));
  const perSecond = (many: number, ms: number) => (many * 1_000) / ms;
  return {
    stored: perSecond(count, resumed - begun),
    drained: perSecond(count, Math.max(...visible) - resumed),
    published: perSecond(published.length, Math.max(...published) - Math.min(...visible)),
    messages: published.length,
  };
}

/** Stores one fact after the other at a steady rate, and measures how long each took from there. */
async function bear(run: Run, watching: Watching, make: (at: number) => Sent, perSecond: number, seconds: number) {
  watching.forget();
  const ledger = ledgerOf(run);
  const stored: { sent: Sent; at: number }[] = [];
  const storing: Promise<void>[] = [];
  const begun = performance.now();
  // Enough facts to have some failures among them.
  const count = Math.max(2 * FAILS_EACH, Math.ceil(perSecond * seconds));
  for (let n = 0; n < count; n += 1) {
    await sleep(Math.max(0, begun + (n * 1_000) / perSecond - performance.now()));
    const sent = make(Date.now());
    storing.push(ledger.append([sent.fact], NEVER).then(() => void stored.push({ sent, at: performance.now() })));
  }
  await Promise.all(storing);
  await run.idle();
  const visible = stored.map((one) => at(watching.visible, one.sent.fact.pk) - one.at);
  const published = stored.flatMap((one) =>
    one.sent.alerts === undefined ? [] : [at(watching.published, one.sent.alerts) - one.at],
  );
  return { facts: stored.length, visible: delayOf(visible), published: delayOf(published) };
}

/** The bench may see a record before the call that stored its fact returns. */
const delayOf = (all: readonly number[]): Delay => ({
  p50: Math.max(0, percentile(all, 50)),
  p99: Math.max(0, percentile(all, 99)),
});

function at(times: ReadonlyMap<string, number>, name: string): number {
  const time = times.get(name);
  if (time === undefined) throw new Error(`${name} never came`);
  return time;
}

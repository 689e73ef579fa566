import { setTimeout as sleep } from 'node:timers/promises';
import type { Traffic } from '../../client/traffic/delivery.ts';
import type { TrafficKind } from '../../client/traffic/kinds.ts';
import { CliError, EndWith, EXIT } from '../errors.ts';
import type { Streams } from '../program.ts';
import { type Session, withSession } from '../session.ts';
import { type DestinationOptions, findDestination, primaryOf } from './destination.ts';
import { CLEAR_LINE, showProgress } from './progress.ts';
import { describeReport, describeVerified, isWhole, reportOf } from './report.ts';
import { type SendOptions, send } from './send.ts';
import { createTally } from './tally.ts';
import { verify } from './verify.ts';

export interface TrafficCommandOptions extends DestinationOptions {
  clients?: number;
  policies?: number;
  /** 0 to 1. */
  fail?: number;
  seed?: number;
  minutes?: number;
  /** Notifications a second. */
  rate?: number;
  connections?: number;
  outstanding?: number;
  firstJob?: number;
  /** Seconds. */
  wait?: number;
  verify?: boolean;
  json?: boolean;
}

/**
 * Job ids far above NetBackup's own. They advance by ten thousand a second, so that two runs do not share a job by
 * accident.
 */
const FIRST_DAY = Date.UTC(2026, 0, 1);
export const firstJobAt = (now: number) => Math.max(1, (now - FIRST_DAY) * 10);

/** Sends traffic to a running nbwatch and prints the results. Ends with exit code 1 if something was lost. */
export async function sendTraffic(kind: TrafficKind, options: TrafficCommandOptions, streams: Streams): Promise<void> {
  if (options.rate !== undefined && options.minutes !== undefined)
    throw new CliError('--rate and --minutes cannot be used together.', 'Give one of them.', EXIT.usage);
  const destination = await findDestination(options);
  const now = Date.now();
  const { seed = 1, firstJob = firstJobAt(now), connections = 1, outstanding = 2 } = options;
  const { clients = kind.usual.clients, policies = kind.usual.policies, fail = kind.usual.fail } = options;
  const traffic = kind.make({ clients, policies, fail, seed, firstJob, endsAt: Math.floor(now / 1000) });
  const stopping = new AbortController();
  const stop = () => stopping.abort();

  const go = async (check?: { session: Session; primary: string }) => {
    const { deliveries } = traffic;
    const tally = createTally();
    if (!options.json)
      streams.out(
        `${kind.name}: ${kind.title}\nto ${destination.endpoint.url}, seed ${seed}, jobs from ${firstJob}\n\n`,
      );
    const { isTTY } = process.stderr;
    const endProgress = showProgress(tally, deliveries.length, streams.err, isTTY);
    process.once('SIGINT', stop);
    try {
      const waitMs = (options.wait ?? 60) * 1_000;
      const pace = { due: dueOf(traffic, kind, options), waitMs, stop: stopping.signal };
      const sent = await send(deliveries, { ...destination, connections, outstanding, ...pace, tally });
      endProgress();
      const report = reportOf(sent, { traffic: kind.name, seed, firstJob }, connections);
      if (!options.json) streams.out(`${describeReport(report, streams.terminal)}\n`);
      const isReadBack = check !== undefined && !stopping.signal.aborted;
      try {
        if (isReadBack && isTTY) streams.err('Reading back what was stored and which alerts were raised …');
        const pause = (ms: number) => sleep(ms, undefined, { signal: stopping.signal }).catch(() => {});
        if (isReadBack) report.verified = await verify(check.session.tables, check.primary, sent, firstJob, pause);
      } finally {
        if (isReadBack && isTTY) streams.err(CLEAR_LINE);
        // Also if reading back fails: what was sent and acknowledged is known.
        if (options.json) streams.out(`${JSON.stringify(report)}\n`);
      }
      if (!options.json && report.verified) streams.out(`${describeVerified(report.verified)}\n`);
      if (!isWhole(report)) throw new EndWith(EXIT.failed);
    } finally {
      endProgress();
      process.off('SIGINT', stop);
    }
  };

  const isOneMachine = options.endpoint === undefined;
  if (!(options.verify ?? isOneMachine)) return go();
  const where = { ...(isOneMachine && { local: true }), ...(options.stack !== undefined && { stack: options.stack }) };
  await withSession(where, streams, async (session) =>
    go({ session, primary: await primaryOf(session, destination.endpoint) }),
  );
}

/**
 * When to send each delivery: at `rate` per second, or spread over `minutes` as the traffic is spread over its own
 * time.
 */
function dueOf(
  { ms }: Traffic,
  kind: TrafficKind,
  { rate, minutes = kind.minutes }: TrafficCommandOptions,
): SendOptions['due'] {
  if (rate !== undefined) return (_, index) => (index / rate) * 1_000;
  return ({ at }) => (at / ms) * minutes * 60_000;
}

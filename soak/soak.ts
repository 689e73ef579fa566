import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from './child.ts';
import { WARM_UP } from './judge.ts';
import type { Options } from './options.ts';
import type { Soaked } from './report.ts';
import { type Samples, takeSamples, watchedOf } from './sample.ts';

/** Thrown when the one-machine run does not start. */
export class NotStartedError extends Error {
  override readonly name = 'NotStartedError';
}

/**
 * Each worker thread of the run has a heap of its own, whose part for young objects grows to 48 MB in its own time: for
 * minutes that looks like a leak. With this limit it has its size at once, and what grows afterwards is kept by
 * something.
 */
const NODE = ['--max-semi-space-size=1'];

/** So many samples in a soak, but at most one every 2 seconds and at least one every 10. */
const SAMPLES = 60;
const sampleEvery = (seconds: number) => Math.min(10, Math.max(2, seconds / SAMPLES));

/**
 * Sends at a steady rate to a run of its own, and measures all of it until the time is over or it is stopped. Throws
 * NotStartedError.
 */
export async function soak(
  options: Options,
  { stop, progress }: { stop: AbortSignal; progress(text: string): void },
): Promise<Soaked> {
  const folder = mkdtempSync(join(tmpdir(), `nbwatch-soak-${process.pid}-`));
  const children: Child[] = [];
  const start = (...args: Parameters<typeof startChild>) => {
    const child = startChild(...args);
    children.push(child);
    return child;
  };
  try {
    progress('starting a one-machine run');
    const env = { ...process.env, NBWATCH_FOLDER: join(folder, 'run') };
    mkdirSync(env.NBWATCH_FOLDER);
    const log = options.log ?? join(folder, 'run.log');
    const argv = ['--no-demo', '--in-memory', '--port', '0', '--aws-port', '0'];
    const run = start('local/main.ts', {
      name: 'the one-machine run',
      argv,
      env,
      node: NODE,
      output: openSync(log, 'w'),
    });
    await up(run, env.NBWATCH_FOLDER, log, stop);
    const client = start('soak/client.ts', {
      name: 'the client',
      argv: [options.rate, options.connections, options.minutes * 60 * WARM_UP].map(String),
      env,
    });
    return await watch(run, client, options, stop, progress);
  } finally {
    // The client first: it would reconnect.
    for (const child of children.toReversed()) await child.end();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Waits until the run has written how to reach it. */
async function up(run: Child, folder: string, log: string, stop: AbortSignal): Promise<void> {
  const isUp = () => {
    try {
      return readFileSync(join(folder, 'local.json'), 'utf8').endsWith('}\n');
    } catch {
      return false;
    }
  };
  try {
    while (!isUp()) await Promise.race([sleep(200, undefined, { signal: stop }), run.ended]);
  } catch (error) {
    if (stop.aborted) throw new NotStartedError('Stopped before the one-machine run was up.');
    const why = error instanceof Error ? error.message : String(error);
    throw new NotStartedError(`The one-machine run did not start: ${why}. It said:\n${readFileSync(log, 'utf8')}`);
  }
}

async function watch(
  run: Child,
  client: Child,
  { minutes, rate }: Options,
  stop: AbortSignal,
  progress: (text: string) => void,
): Promise<Soaked> {
  const stopped = once(stop, 'abort').then(() => {
    throw new NotStartedError('Stopped before anything was sent.');
  });
  // Once sending has begun, a stop ends the watching in order.
  stopped.catch(() => {});
  await Promise.race([client.next('begun'), run.ended, stopped]);
  const watched = await watchedOf(run, client);
  const begunAt = performance.now();
  const begun = new Date().toISOString().slice(0, 19);
  const now = () => (performance.now() - begunAt) / 1_000;
  const planned = minutes * 60;
  const every = sampleEvery(planned);
  const samples: Samples[] = [];
  const sample = async () => void samples.push(await takeSamples(watched, client, now()));
  let seconds = 0;
  try {
    for (let due = every; due <= planned && !stop.aborted; due += every) {
      const pause = sleep((due - now()) * 1_000, undefined, { signal: stop }).catch(() => {});
      await Promise.race([pause, run.ended, client.ended]);
      if (!stop.aborted) await sample();
      progress(progressOf(samples, planned, rate));
    }
    seconds = now();
    progress('reading back what was stored and reported');
    const over = Promise.all([client.next('sent'), client.next('read')]);
    client.ask('stop');
    const [{ unacknowledged, window: last }, { readBack }] = await Promise.race([over, run.ended]);
    const early = stop.aborted ? { broken: `stopped after ${(seconds / 60).toFixed(1)} minutes` } : {};
    return { begun, seconds, samples, last, unacknowledged, readBack, ...early };
  } catch (error) {
    const broken = error instanceof Error ? error.message : String(error);
    return { begun, seconds: seconds || now(), samples, broken };
  }
}

function progressOf(samples: readonly Samples[], planned: number, rate: number): string {
  const last = samples.at(-1);
  const time = (of: number) => `${Math.floor(of / 60)}:${String(Math.floor(of % 60)).padStart(2, '0')}`;
  const sent = samples.reduce((sum, { window }) => sum + window.sent, 0);
  const memory = Object.entries(last?.processes ?? {}).map(([name, { memory }]) => `${name} ${memory.toFixed(0)} MB`);
  return [
    `${time(last?.at ?? 0)} of ${time(planned)}`,
    `${sent} sent at ${rate}/s`,
    `p50 ${last?.window.latency?.p50 ?? '-'} ms`,
    ...memory.filter((text) => !text.startsWith('keeper')),
  ].join('  ');
}

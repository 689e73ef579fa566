import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { REGION } from '../../local/environment.ts';
import { bundle } from '../../local/stack/bundle.ts';
import { type Assembly, PROJECT } from '../../local/stack/synthesize.ts';
import { functionOf } from '../ack/assembly.ts';
import { VARIANTS, type Variant } from '../ack/stacks.ts';
import { bundleByDefault } from '../bundle.ts';
import { inTurn, median } from '../percentiles.ts';
import { type InstantAws, startInstantAws } from './instant-aws.ts';
import { type Subject, subjects } from './subjects.ts';

/** What the part `cold` found. */
export interface ColdFigures {
  starts: Starts[];
  startsInRound: number;
  /** Bytes of the bundle of each function, the largest first. */
  bundles: { name: string; bytes: number }[];
}

/**
 * ms from the start of a process to its first acknowledgement, or to the end of its first batch: the median of each
 * round.
 */
export interface Starts {
  name: string;
  to: 'first acknowledgement' | 'end of first batch';
  rounds: Record<Variant, number[]>;
}

const STARTER = fileURLToPath(new URL('start.js', import.meta.url));

export interface ColdOptions {
  /** Where bundles are put. */
  folder: string;
  rounds: number;
  startsInRound: number;
  progress(line: string): void;
}

/**
 * Ours is the bundle of the stack, the floor's bundle has the same clients and one put, and the peer is ours as CDK
 * bundles it by default.
 */
export async function measureCold(assembly: Assembly, options: ColdOptions): Promise<ColdFigures> {
  const starts: Starts[] = [];
  for (const subject of subjects(Date.now())) starts.push(await measureStarts(assembly, subject, options));
  const bundles = [...bundlesOf(assembly), await reportBundle(join(options.folder, 'report'))];
  return { starts, startsInRound: options.startsInRound, bundles: bundles.sort((a, b) => b.bytes - a.bytes) };
}

async function measureStarts(assembly: Assembly, subject: Subject, options: ColdOptions): Promise<Starts> {
  const { name, handler, floor, items, endsWithCall } = subject;
  const { bundle: own, variables } = functionOf(assembly, name);
  const folder = join(options.folder, `cold-${name}`);
  const files: Record<Variant, string> = {
    ours: join(own, 'index.mjs'),
    floor: join(await bundle(floor, join(folder, 'floor')), 'index.mjs'),
    peer: join(await bundleByDefault(handler, join(folder, 'peer')), 'index.cjs'),
  };
  // The SDK that Lambda's runtime provides to a bundle without one.
  symlinkSync(join(PROJECT, 'node_modules'), join(dirname(files.peer), 'node_modules'));
  const aws = await startInstantAws(items);
  const env = environment(variables, aws.url);
  const start = (variant: Variant) => measureStart(files[variant], subject, variant !== 'floor', aws, env);
  const rounds: Record<Variant, number[]> = { ours: [], floor: [], peer: [] };
  try {
    // Once unmeasured, so that all files are in the machine's memory.
    for (const variant of VARIANTS) await start(variant);
    for (let round = 1; round <= options.rounds; round += 1) {
      options.progress(`cold: ${name}, round ${round} of ${options.rounds}`);
      const taken: Record<Variant, number[]> = { ours: [], floor: [], peer: [] };
      for (let each = 0; each < options.startsInRound; each += 1)
        for (const variant of inTurn(VARIANTS, each)) taken[variant].push(await start(variant));
      for (const variant of VARIANTS) rounds[variant].push(median(taken[variant]));
    }
  } finally {
    await aws.stop();
  }
  return { name, to: endsWithCall ? 'first acknowledgement' : 'end of first batch', rounds };
}

/**
 * ms from the start of a process to the event that ends its time. Throws where that event does not come, or where the
 * work was not done (`mustDo`).
 */
async function measureStart(
  file: string,
  { name, event, does, endsWithCall }: Subject,
  mustDo: boolean,
  aws: InstantAws,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const done = aws.next(does);
  const begun = performance.now();
  const child = spawn(process.execPath, [STARTER, file, JSON.stringify(event(Date.now()))], {
    env,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const [, , stderr, said] = child.stdio;
  if (!stderr || !said || !('on' in said)) throw new Error('A process has no pipes');
  const complaint = text(stderr);
  const answered = once(said, 'data').then(([answer]) => ({ at: performance.now(), answer: String(answer) }));
  const exited = once(child, 'close').then(async ([code]) => {
    throw new Error(`A cold start of ${name} ended with ${code} before its time: ${(await complaint).trim()}`);
  });
  const { at, answer } = await Promise.race([answered, exited]);
  if (/batchItemFailures":\[\{/.test(answer)) throw new Error(`${name} gave its batch back`);
  const called = await Promise.race([mustDo || endsWithCall ? done : at, exited]);
  await exited.catch(() => {});
  return (endsWithCall ? called : at) - begun;
}

/**
 * The environment that the template and Lambda set, as far as a start needs it, with a deadline that every machine
 * meets. A variable that is a reference in the template gets its own name as its value.
 */
function environment(variables: Readonly<Record<string, unknown>>, url: string): NodeJS.ProcessEnv {
  const set = Object.entries(variables).map(([name, value]) => [name, typeof value === 'string' ? value : name]);
  return {
    ...Object.fromEntries(set),
    ...{ AWS_REGION: REGION, AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'local', AWS_ENDPOINT_URL: url },
    ...{ AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: url, ...('DEADLINE_MS' in variables && { DEADLINE_MS: '60000' }) },
  };
}

function bundlesOf({ folder, template }: Assembly): ColdFigures['bundles'] {
  const functions = Object.entries(template.Resources).filter(
    ([, { Type, Metadata }]) => Type === 'AWS::Lambda::Function' && Metadata?.['aws:asset:path'] !== undefined,
  );
  return functions.flatMap(([id, { Metadata }]) => {
    const [file] = globSync(join(folder, String(Metadata?.['aws:asset:path']), 'index.*'));
    return file === undefined ? [] : [{ name: id.replace(/[0-9A-F]{8}$/, ''), bytes: statSync(file).size }];
  });
}

/** `Report` is in the stack only with `nbwatch:reportHour`, which is off unless somebody sets it. */
async function reportBundle(folder: string): Promise<ColdFigures['bundles'][number]> {
  const file = join(await bundle('functions/report/handler.ts', folder), 'index.mjs');
  return { name: 'Report (off unless set)', bytes: statSync(file).size };
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newId, request } from '../../client/envelope.ts';
import { REGION } from '../../local/environment.ts';
import { type Assembly, PROJECT } from '../../local/stack/synthesize.ts';
import { bundleOfIngest } from '../ack/assembly.ts';
import { VARIANTS, type Variant } from '../ack/stacks.ts';
import { bundle, bundleByDefault } from '../bundle.ts';
import { jobMaker, payloadOf } from '../message.ts';
import { median } from '../percentiles.ts';
import { CONNECTION, type InstantAws, startInstantAws } from './instant-aws.ts';

/** What the part `cold` found. Times: ms from the start of a process to its first acknowledgement, the median of each round. */
export interface ColdFigures {
  rounds: Record<Variant, number[]>;
  startsInRound: number;
  /** Bytes of the bundle of each function of the stack, the largest first. */
  bundles: { name: string; bytes: number }[];
}

const STARTER = fileURLToPath(new URL('start.js', import.meta.url));

export interface ColdOptions {
  /** Where bundles are put. */
  folder: string;
  rounds: number;
  startsInRound: number;
  progress(line: string): void;
}

/** Ours is the bundle of the stack, the floor's has the same clients and one put, the peer's is ours as CDK bundles by default. */
export async function measureCold(assembly: Assembly, options: ColdOptions): Promise<ColdFigures> {
  const { folder } = options;
  const files: Record<Variant, string> = {
    ours: join(bundleOfIngest(assembly), 'index.mjs'),
    floor: join(await bundle('bench/ack/floor.ts', join(folder, 'cold-floor')), 'index.mjs'),
    peer: join(await bundleByDefault('functions/ingest/handler.ts', join(folder, 'cold-peer')), 'index.cjs'),
  };
  // The SDK that Lambda's runtime has beside a bundle without one.
  symlinkSync(join(PROJECT, 'node_modules'), join(dirname(files.peer), 'node_modules'));
  const aws = await startInstantAws();
  const rounds: Record<Variant, number[]> = { ours: [], floor: [], peer: [] };
  try {
    // Once unmeasured: the files are then in the machine's memory for all.
    for (const variant of VARIANTS) await measureStart(files[variant], aws);
    for (let round = 1; round <= options.rounds; round += 1) {
      options.progress(`cold: round ${round} of ${options.rounds}`);
      const taken: Record<Variant, number[]> = { ours: [], floor: [], peer: [] };
      for (let start = 0; start < options.startsInRound; start += 1)
        for (const variant of VARIANTS) taken[variant].push(await measureStart(files[variant], aws));
      for (const variant of VARIANTS) rounds[variant].push(median(taken[variant]));
    }
  } finally {
    await aws.stop();
  }
  return { rounds, startsInRound: options.startsInRound, bundles: bundlesOf(assembly) };
}

/** ms from the start of a process to the arrival of its answer to one notification with one entry. */
async function measureStart(file: string, aws: InstantAws): Promise<number> {
  const now = Date.now();
  const message = request('NOTIFICATION', payloadOf(jobMaker()(1)), newId(), now);
  const event = {
    requestContext: { routeKey: '$default', connectionId: CONNECTION, requestId: 'cold', requestTimeEpoch: now },
    body: JSON.stringify(message),
  };
  const posted = aws.nextPost();
  const begun = performance.now();
  const child = spawn(process.execPath, [STARTER, file, JSON.stringify(event)], {
    env: environment(aws.url),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (data) => {
    complaint += data;
  });
  const exited = once(child, 'close').then(([code]) => {
    throw new Error(`A cold start ended with ${code} and no acknowledgement: ${complaint.trim()}`);
  });
  const at = await Promise.race([posted, exited]);
  await exited.catch(() => {});
  return at - begun;
}

/** What the template and Lambda set, as far as a start needs it. A deadline that no machine misses. */
const environment = (url: string) => ({
  ...{ AWS_REGION: REGION, AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'local', AWS_ENDPOINT_URL: url },
  ...{ AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: url, LEDGER_TABLE: 'Ledger', REGISTRY_TABLE: 'Registry' },
  ...{ DEADLINE_MS: '60000', ACKNOWLEDGEMENT_PAYLOAD: 'array', ALLOWED_CIDRS: 'all' },
  ...{ JOB_FACT_DAYS: '400', IMAGE_FACT_DAYS: 'forever', POWERTOOLS_SERVICE_NAME: 'Nbwatch' },
});

function bundlesOf({ folder, template }: Assembly): ColdFigures['bundles'] {
  const functions = Object.entries(template.Resources).filter(
    ([, { Type, Metadata }]) => Type === 'AWS::Lambda::Function' && Metadata?.['aws:asset:path'] !== undefined,
  );
  return functions
    .flatMap(([id, { Metadata }]) => {
      const [file] = globSync(join(folder, String(Metadata?.['aws:asset:path']), 'index.*'));
      return file === undefined ? [] : [{ name: id.replace(/[0-9A-F]{8}$/, ''), bytes: statSync(file).size }];
    })
    .sort((a, b) => b.bytes - a.bytes);
}

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ExplainedError } from '../explained-error.ts';
import type { Template } from '../template/template.ts';

/** The project's own folder, with a slash at its end. */
export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** The name of the stack in `bin/app.ts`. */
const STACK = 'Nbwatch';

/** A synthesized stack: the template that `cdk deploy` would send, and the folder that its assets are in. */
export interface Assembly {
  template: Template;
  folder: string;
}

/** Thrown when the CDK app fails: its own words, without the stack trace of this side. */
export class SynthesisError extends ExplainedError {
  override readonly name = 'SynthesisError';
}

/** What the CDK command line asks for too: where each function's bundle is, as metadata of the function. */
const ASSET_PATHS = { 'aws:cdk:enable-asset-metadata': true };

/**
 * Runs the CDK app as the CDK command line does, with the context of `cdk.json` and more, and reads what it wrote to `folder`. The
 * app ends at once when `signal` aborts.
 */
export async function synthesize(
  folder: string,
  context: Readonly<Record<string, unknown>> = {},
  signal?: AbortSignal,
): Promise<Assembly> {
  const given = JSON.parse(readFileSync(join(PROJECT, 'cdk.json'), 'utf8')).context;
  const env = {
    ...process.env,
    CDK_OUTDIR: folder,
    // More than half of the time, for what `cdk synth` and `cdk deploy` look at before anything is deployed.
    CDK_VALIDATION: 'false',
    CDK_CONTEXT_JSON: JSON.stringify({ ...given, ...ASSET_PATHS, ...context }),
  };
  try {
    const options = { cwd: PROJECT, env, maxBuffer: 64_000_000, killSignal: 'SIGKILL' as const };
    await promisify(execFile)(process.execPath, ['bin/app.ts'], { ...options, ...(signal && { signal }) });
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new SynthesisError(`The stack could not be synthesized:\n${stderr.trim() || String(error)}`);
  }
  return readAssembly(folder);
}

/** Reads a stack that was synthesized before. */
export function readAssembly(folder: string): Assembly {
  return { template: JSON.parse(readFileSync(join(folder, `${STACK}.template.json`), 'utf8')), folder };
}

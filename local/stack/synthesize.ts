import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ExplainedError } from '../explained-error.ts';
import type { Template } from '../template/template.ts';

/** The project's folder, with a slash at its end. */
export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** The name of the stack in `bin/app.ts`. */
const STACK = 'Nbwatch';

/** A synthesized stack: the template that `cdk deploy` would send, and the folder with its assets. */
export interface Assembly {
  template: Template;
  folder: string;
}

/** Thrown when the CDK app fails. It shows the app's own message, without a stack trace of this process. */
class SynthesisError extends ExplainedError {
  override readonly name = 'SynthesisError';
}

/** Makes the app write each function's bundle path into its metadata, as the CDK command line does. */
const ASSET_PATHS = { 'aws:cdk:enable-asset-metadata': true };

/**
 * Runs the CDK app as the CDK command line does, with the context of `cdk.json` and `context`, and reads what it wrote
 * to `folder`. The app ends at once when `signal` aborts.
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
    // Validation takes more than half of the time, and `cdk synth` and `cdk deploy` do it before a deployment anyway.
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

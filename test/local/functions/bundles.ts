import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { systemClock } from '../../../local/clock.ts';
import type { FunctionDefinition, FunctionOptions, LogEntry } from '../../../local/functions/definition.ts';
import { type FunctionRuntime, startFunctions } from '../../../local/functions/runtime.ts';

const folder = await mkdtemp(join(tmpdir(), 'nbwatch-functions-'));
const running: FunctionRuntime[] = [];
let made = 0;

afterEach(async () => {
  await Promise.all(running.splice(0).map((runtime) => runtime.stop()));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes a bundle into a folder of its own and returns its function's definition. */
export async function bundle(
  source: string,
  overrides: Partial<FunctionDefinition> = {},
  file = 'index.mjs',
): Promise<FunctionDefinition> {
  made += 1;
  const codePath = join(folder, String(made));
  await mkdir(codePath);
  await writeFile(join(codePath, file), source);
  const id = `Function${made}`;
  return { id, codePath, handler: 'index.handler', timeoutMs: 20_000, memoryMb: 128, environment: {}, ...overrides };
}

/** Starts a runtime that is stopped after the test; `lines` is what its functions wrote. */
export function start(definitions: readonly FunctionDefinition[], overrides: Partial<FunctionOptions> = {}) {
  const lines: LogEntry[] = [];
  const runtime = startFunctions({
    definitions,
    environmentOf: () => ({}),
    clock: systemClock,
    log: (entry) => lines.push(entry),
    ...overrides,
  });
  running.push(runtime);
  return { runtime, lines };
}

/** Resolves when the function has written this line: the only way to know that a handler got that far. */
export async function written(lines: readonly LogEntry[], line: string): Promise<LogEntry> {
  for (;;) {
    const found = lines.find((entry) => entry.line === line);
    if (found) return found;
    // Lines come from another thread, and nothing but this log shows when.
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Source of a handler that writes its event's `say`, then waits until the file `until` of the event exists. */
export const waiting = `
  import { existsSync } from 'node:fs';
  let count = 0;
  export const handler = async (event) => {
    count += 1;
    console.log(event.say);
    while (event.until && !existsSync(event.until)) await new Promise((resolve) => setTimeout(resolve, 5));
    return { count, say: event.say };
  };`;

/** A file that does not exist yet, and the way to make it. */
export function gate() {
  made += 1;
  const until = join(folder, `gate-${made}`);
  return { until, open: () => writeFile(until, '') };
}

import { type DynamoDbLocal, startDynamoDbLocal } from './dynamodb/dynamodb-local.ts';
import { type Run, type RunOptions, startRun } from './run.ts';
import { type Assembly, synthesize } from './stack/synthesize.ts';
import type { Step } from './steps.ts';

/** What a run is made of. */
export interface Parts {
  assembly: Assembly;
  dynamodb: DynamoDbLocal;
}

/** A run with the database that it runs on. */
export interface Up {
  run: Run;
  stop(): Promise<void>;
}

/**
 * Synthesizes the stack into `temporary` while DynamoDB Local starts. `data`: the folder for the database; without it,
 * data stays in memory. If one of the two fails, this ends the other.
 */
export async function prepare(
  { temporary, data }: { temporary: string; data: string | undefined },
  step: Step,
  signal: AbortSignal,
): Promise<Parts> {
  const failing = new AbortController();
  const database = step('DynamoDB Local up', () => startDynamoDbLocal(data === undefined ? {} : { folder: data }));
  database.catch(() => failing.abort());
  const [started, synthesized] = await Promise.allSettled([
    database,
    step('stack synthesized, functions bundled', () =>
      synthesize(temporary, {}, AbortSignal.any([signal, failing.signal])),
    ),
  ]);
  if (started.status === 'rejected') throw started.reason;
  if (synthesized.status === 'fulfilled') return { dynamodb: started.value, assembly: synthesized.value };
  await started.value.stop();
  throw synthesized.reason;
}

/** Starts the stack. DynamoDB Local ends with it, also when the start fails. */
export async function bringUp(
  { assembly, dynamodb }: Parts,
  step: Step,
  options: Omit<RunOptions, 'assembly' | 'dynamodb'>,
): Promise<Up> {
  try {
    const run = await step('gateway, functions, streams and topics up', () =>
      startRun({ assembly, dynamodb: { url: dynamodb.url, accessKeyId: 'local' }, ...options }),
    );
    return {
      run,
      async stop() {
        await run.stop();
        await dynamodb.stop();
      },
    };
  } catch (error) {
    await dynamodb.stop();
    throw error;
  }
}

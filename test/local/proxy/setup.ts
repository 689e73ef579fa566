import { onTestFinished } from 'vitest';
import { systemClock } from '../../../local/clock.ts';
import { REGION } from '../../../local/environment.ts';
import type { Role, Statement } from '../../../local/proxy/iam.ts';
import { type ProxyOptions, startProxy } from '../../../local/proxy/server.ts';

export const EVERYTHING: Statement = { Effect: 'Allow', Action: '*', Resource: '*' };

/** A port where nothing listens, for calls that must not get that far. */
export const NOWHERE = 'http://127.0.0.1:9';

/** The roles of a test: logical id → statements. */
export function roles(statements: Record<string, readonly Statement[]>): ReadonlyMap<string, Role> {
  return new Map(Object.entries(statements).map(([name, statements]) => [name, { name, statements }]));
}

/** A proxy for one test; the role `Writer` may do everything unless the test says otherwise. */
export async function proxyFor(options: Partial<ProxyOptions> = {}) {
  const proxy = await startProxy({
    clock: systemClock,
    roles: roles({ Writer: [EVERYTHING] }),
    backends: { dynamodb: { url: NOWHERE, accessKeyId: 'nbwatch' } },
    tables: new Map(),
    ...options,
  });
  onTestFinished(() => proxy.close());
  return proxy;
}

/** What an SDK client needs to call the proxy as a role's function, or as a person when the name is not a role's. */
export function as(name: string, { url }: { url: string }, path = '') {
  return {
    region: REGION,
    endpoint: `${url}${path}`,
    maxAttempts: 1,
    credentials: { accessKeyId: name, secretAccessKey: 'any', sessionToken: 'worker-1' },
  };
}

/** The fields of an SDK's error that programs decide by. The message is `the call succeeded` when there is no error. */
export async function refusal(call: Promise<unknown>): Promise<{ name: string; message: string; status: number }> {
  const error = await call.then(
    () => new Error('the call succeeded'),
    (error: Error & { $metadata?: { httpStatusCode?: number } }) => error,
  );
  const status = '$metadata' in error ? (error.$metadata?.httpStatusCode ?? 0) : 0;
  return { name: error.name, message: error.message, status };
}

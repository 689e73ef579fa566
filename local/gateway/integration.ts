import type { Clock } from '../clock.ts';
import type { Invoke } from '../functions/invocation.ts';
import type { Route } from './gateway.ts';

/** How the gateway sees an invocation. An answer that is not a Lambda proxy response is `failed`, too. */
export type Outcome = { kind: 'answered'; statusCode: number } | { kind: 'failed' } | { kind: 'timed out' };

const RESPONSE_KEYS = new Set(['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded', 'cookies']);

/** Invokes a route's function and waits at most as long as the integration timeout. A later answer is lost. */
export function integrate(invoke: Invoke, clock: Clock, route: Route, event: unknown): Promise<Outcome> {
  return new Promise((resolve) => {
    const cancel = clock.after(route.timeoutMs, () => resolve({ kind: 'timed out' }));
    invoke(route.functionId, event).then((invocation) => {
      cancel();
      const statusCode = invocation.ok ? statusOf(invocation.payload) : undefined;
      resolve(statusCode === undefined ? { kind: 'failed' } : { kind: 'answered', statusCode });
    });
  });
}

/**
 * The status of a Lambda proxy response, or undefined for anything else. If a function returns other keys, API Gateway
 * sends `Internal server error`, also on a one-way route (seen in middyjs/middy issue 1219).
 */
function statusOf(payload: unknown): number | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  if (!Object.keys(payload).every((key) => RESPONSE_KEYS.has(key))) return undefined;
  const { statusCode } = payload as { statusCode?: unknown };
  const isStatus = Number.isInteger(statusCode) && Number(statusCode) >= 200 && Number(statusCode) <= 599;
  return isStatus ? Number(statusCode) : undefined;
}

import { Logger } from '@aws-lambda-powertools/logger';
import type { MiddlewareObj } from '@middy/core';

/** One JSON line per event, under the name of the stack. No payload, no token: callers pass ids, counts and outcomes. */
export const log = new Logger();

/** Logs what escapes a stream consumer and lets it escape: Lambda tries the batch again. */
export function logsFailures(): MiddlewareObj {
  return {
    onError: ({ error }) => {
      log.error('Failed; Lambda tries again', { error: describe(error) });
    },
  };
}

/** An error as the log may show it: its name and message. SDK errors carry request headers elsewhere, which stay out. */
export function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

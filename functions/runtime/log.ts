import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';
import type { MiddlewareObj } from '@middy/core';

/** Where a line has what CloudWatch counts, with the time of it. */
export const EMBEDDED_METRICS = '_aws';

/**
 * What each line has beside its own fields. A line is paid for with each notification, so it says nothing twice: CloudWatch keeps the
 * time of each line, a counted one has it for its metrics, and a line without a level is information. Only a warning or an error says its
 * time in any case: a line without a timestamp is information to Lambda, whatever its level (AWS Lambda Developer Guide, "Log-level
 * filtering").
 */
class Lines extends LogFormatter {
  override formatAttributes(
    { logLevel, message, timestamp, serviceName }: UnformattedAttributes,
    fields: LogAttributes,
  ): LogItem {
    const isInformation = logLevel === 'INFO';
    // Not with addAttributes, which copies all that is inside each field, for each line.
    const attributes = {
      ...(!isInformation && { level: logLevel }),
      message,
      ...(!(isInformation && EMBEDDED_METRICS in fields) && { timestamp: this.formatTimestamp(timestamp) }),
      service: serviceName,
      ...fields,
    };
    return new LogItem({ attributes });
  }
}

/** One JSON line per event, under the name of the stack. No payload, no token: callers pass ids, counts and outcomes. */
export const log = new Logger({ logFormatter: new Lines() });

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

/** How many ids of requests a line names at most. */
const IDS = 20;

/** The ids by which a line can be followed back to the notifications: each once, the first of them. */
export function requestIdsOf(things: readonly object[]): string[] {
  const ids = things.flatMap((thing) =>
    'requestId' in thing && typeof thing.requestId === 'string' ? thing.requestId : [],
  );
  return [...new Set(ids)].slice(0, IDS);
}

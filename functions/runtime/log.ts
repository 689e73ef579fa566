import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';
import type { MiddlewareObj } from '@middy/core';

/** The field of a line that holds what CloudWatch counts, and its time. */
export const EMBEDDED_METRICS = '_aws';

/**
 * Adds the common fields of each line. Each notification pays for its line, so a line says nothing twice: CloudWatch
 * keeps the time of each line, a counted line has the time in its metrics, and a line without a level is information.
 * Lines of any other level always have a timestamp, because Lambda treats a line without one as information, whatever
 * its level (AWS Lambda Developer Guide, "Log-level filtering").
 */
class Lines extends LogFormatter {
  override formatAttributes(
    { logLevel, message, timestamp, serviceName }: UnformattedAttributes,
    fields: LogAttributes,
  ): LogItem {
    const isInformation = logLevel === 'INFO';
    // Without addAttributes, which would deep-copy every field of every line.
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

/** Logs one JSON line per event, under the stack's name. No payload, no token: callers pass ids, counts, outcomes. */
export const log = new Logger({ logFormatter: new Lines() });

/** Logs an error that escapes a stream consumer and lets it escape, so that Lambda tries the batch again. */
export function logsFailures(): MiddlewareObj {
  return {
    onError: ({ error }) => {
      log.error('Failed; Lambda tries again', { error: describe(error) });
    },
  };
}

/** An error for the log: its name and message. The request headers that SDK errors also carry stay out. */
export function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** The most request ids that a line names. */
const IDS = 20;

/** The first distinct request ids of these things, by which a line can be traced back to the notifications. */
export function requestIdsOf(things: readonly object[]): string[] {
  const ids = things.flatMap((thing) =>
    'requestId' in thing && typeof thing.requestId === 'string' ? thing.requestId : [],
  );
  return [...new Set(ids)].slice(0, IDS);
}

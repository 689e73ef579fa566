/** Calls made while NetBackup waits fail fast, and are tried once more: all of it has to fit the 2 s after which it gives up. */
export const HASTY = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 400, requestTimeout: 700, socketTimeout: 700 },
};

/**
 * Calls made behind the stream, where a failure is retried for a day. `socketTimeout` is what ends a call of which nothing is heard any more:
 * the request's own timeout only warns, and the call would last as long as the function may.
 */
export const PATIENT = { maxAttempts: 3, requestHandler: { connectionTimeout: 1_000, socketTimeout: 3_000 } };

/**
 * For calls while NetBackup waits: they fail fast and are tried once more. All of it must fit the 2 s after which
 * NetBackup gives up.
 */
export const HASTY = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 400, requestTimeout: 700, socketTimeout: 700 },
};

/**
 * For calls behind the stream, where a failure is retried for a day. `socketTimeout` ends a call that no longer
 * answers. The request's own timeout only warns, and the call would last as long as the function may run.
 */
export const PATIENT = { maxAttempts: 3, requestHandler: { connectionTimeout: 1_000, socketTimeout: 3_000 } };

/** The endpoint answered CONNECT with `valid: false`: it does not know the token. */
export class RefusedError extends Error {
  override name = 'RefusedError';
}

/** The client was stopped before this could be acknowledged. */
export class StoppedError extends Error {
  override name = 'StoppedError';
}

/** There is no open connection to send on. */
export class NotConnectedError extends Error {
  override name = 'NotConnectedError';
}

/** The endpoint file is not one that NetBackup would take. */
export class EndpointFileError extends Error {
  override name = 'EndpointFileError';
}

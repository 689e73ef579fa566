/** The endpoint answered CONNECT with `valid: false`: it does not know the token. */
export class RefusedError extends Error {
  override name = 'RefusedError';
}

/** The client was stopped before this was acknowledged. */
export class StoppedError extends Error {
  override name = 'StoppedError';
}

/** There is no open connection to send on. */
export class NotConnectedError extends Error {
  override name = 'NotConnectedError';
}

/** NetBackup would not accept the endpoint file. */
export class EndpointFileError extends Error {
  override name = 'EndpointFileError';
}

import { inspect } from 'node:util';

/** `Name: message` of whatever a function threw. */
export function describeError(error: unknown): string {
  return isErrorLike(error) ? `${error.name}: ${error.message}` : `Error: ${inspect(error)}`;
}

/** The stack if there is one, otherwise `Name: message`: for the log. */
export function describeFully(error: unknown): string {
  return isErrorLike(error) && typeof error.stack === 'string' ? error.stack : describeError(error);
}

/** Checks the shape: an error that came from a worker is not an instance of this thread's Error. */
function isErrorLike(value: unknown): value is { name: string; message: string; stack?: unknown } {
  if (typeof value !== 'object' || value === null) return false;
  return typeof Reflect.get(value, 'name') === 'string' && typeof Reflect.get(value, 'message') === 'string';
}

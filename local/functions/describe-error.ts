import { inspect } from 'node:util';

/** `Name: message`, for whatever a function threw. */
export function describeError(error: unknown): string {
  return isErrorLike(error) ? `${error.name}: ${error.message}` : `Error: ${inspect(error)}`;
}

/** The stack where there is one, for the log. */
export function describeFully(error: unknown): string {
  return isErrorLike(error) && typeof error.stack === 'string' ? error.stack : describeError(error);
}

/** By shape: an error that crossed from a worker is no instance of this thread's Error. */
function isErrorLike(value: unknown): value is { name: string; message: string; stack?: unknown } {
  if (typeof value !== 'object' || value === null) return false;
  return typeof Reflect.get(value, 'name') === 'string' && typeof Reflect.get(value, 'message') === 'string';
}

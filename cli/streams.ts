import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import type { Streams } from './program.ts';

/** Whoever read the answers has enough of them, as `head` has: no failure. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone';
}

/** What is needed of standard output. */
type Output = Writable & { isTTY?: boolean; columns?: number };

/**
 * The streams of a process. `out` is done when the system has taken the text, so that who waits for it makes no more than is read;
 * it fails with ReaderGone when nobody reads any more. Who does not wait for it is not disturbed by a failure.
 */
export function streamsOf(stdout: Output, stderr: Writable): Streams {
  let failure: Error | undefined;
  const failed = (error: Error) => {
    failure ??= 'code' in error && error.code === 'EPIPE' ? new ReaderGone() : error;
  };
  stdout.on('error', failed);
  // Nothing can be said any more where standard error is gone.
  stderr.on('error', () => {});
  return {
    out(text) {
      const written = new Promise<void>((resolve, reject) => {
        if (failure) return reject(failure);
        stdout.write(text, (error) => {
          if (error) failed(error);
          if (failure) reject(failure);
          else resolve();
        });
      });
      written.catch(failed);
      return written;
    },
    err: (text) => void stderr.write(text),
    terminal: {
      width: () => (stdout.isTTY && stdout.columns) || undefined,
      // Knows NO_COLOR and FORCE_COLOR.
      paint: (colour, text) => styleText(colour, text, { stream: stdout }),
    },
  };
}

import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import type { Streams } from './program.ts';

/** The reader, such as `head`, has read enough. This is no failure. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone';
}

/** The part of standard output that is used here. */
type Output = Writable & { isTTY?: boolean; columns?: number };

/**
 * The streams of a process. `out` resolves once the system has taken the text, so that a caller who awaits it produces
 * no more than is read. It rejects with ReaderGone when nobody reads any more. A caller who does not await it is not
 * disturbed by a failure.
 */
export function streamsOf(stdout: Output, stderr: Writable): Streams {
  let failure: Error | undefined;
  const failed = (error: Error) => {
    failure ??= 'code' in error && error.code === 'EPIPE' ? new ReaderGone() : error;
  };
  stdout.on('error', failed);
  // Without standard error, nothing can be reported any more.
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
      // Follows NO_COLOR and FORCE_COLOR.
      paint: (colour, text) => styleText(colour, text, { stream: stdout }),
    },
  };
}

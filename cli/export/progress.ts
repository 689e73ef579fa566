/** Shows the progress on one line of a terminal, which is rewritten again and again. */
export interface Progress {
  /** Passes rows on and counts them. */
  counted<T>(rows: AsyncIterable<T>): AsyncGenerator<T>;
  /** Counts a file as done. */
  done(): void;
  /** Clears the line, before something else is written. */
  clear(): void;
  readonly rows: number;
}

/** How often the line is written, ms. */
const EVERY = 200;

/** `write` is undefined without a terminal. */
export function startProgress(files: number, write: ((text: string) => void) | undefined): Progress {
  const startedAt = Date.now();
  let toldAt = 0;
  let done = 0;
  let rows = 0;
  function tell(): void {
    const now = Date.now();
    if (!write || now < toldAt + EVERY) return;
    toldAt = now;
    const each = Math.round((rows * 1_000) / Math.max(1, now - startedAt));
    write(`\r\x1b[K${done} of ${showCount(files)} files, ${showCount(rows)} rows, ${showCount(each)} rows/s`);
  }
  return {
    async *counted(from) {
      for await (const row of from) {
        rows += 1;
        tell();
        yield row;
      }
    },
    done() {
      done += 1;
      tell();
    },
    clear: () => write?.('\r\x1b[K'),
    get rows() {
      return rows;
    },
  };
}

/** `1,234,567` */
export function showCount(count: number): string {
  return count.toLocaleString('en');
}

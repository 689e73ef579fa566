import type { Tables } from '../../functions/questions/query.ts';
import { daysOf, type Range } from '../../functions/questions/range.ts';
import type { ExportFolder, Share } from './folder.ts';
import { type Format, writeRows } from './format.ts';
import type { Kind, Narrowing } from './kind.ts';
import type { Progress } from './progress.ts';

/** What to export, and from where. */
export interface Asked<T> {
  kind: Kind<T>;
  tables: Tables;
  primaries: readonly string[];
  range: Range;
  only: Narrowing;
  now: number;
  /** Ends the export between two rows. */
  signal: AbortSignal;
}

/** How many files were written, and how many of them are for a day that is not over. */
export interface Written {
  files: number;
  unfinished: number;
}

const DAY_MS = 86_400_000;

/**
 * A day counts as over this long after its end, when what was received in its last moments has long been stored and
 * projected.
 */
const SETTLED_MS = 3_600_000;

/**
 * One share, which is one file, for each day of a range and each primary. Oldest first, for the same reason as
 * `Kind.rows`.
 */
export function sharesOf({ primaries, range, now }: Pick<Asked<unknown>, 'primaries' | 'range' | 'now'>): Share[] {
  return [...daysOf(range, false)].flatMap((day) =>
    primaries.map((primary) => ({ primary, day, isOver: day + DAY_MS + SETTLED_MS <= now })),
  );
}

/**
 * Writes a file for each share: whole days, whatever the range. If this stops, every file that has its final name is
 * complete.
 */
export async function writeShares<T>(
  shares: readonly Share[],
  asked: Asked<T>,
  folder: ExportFolder,
  format: Format,
  progress: Progress,
  written: Written,
): Promise<void> {
  for (const share of shares) {
    const wholeDay = { from: share.day, to: share.day + DAY_MS - 1 };
    const rows = progress.counted(rowsOf(asked, share.primary, wholeDay));
    await folder.put(share, (file) => writeRows(file, format, asked.kind.columns, rows));
    written.files += 1;
    if (!share.isOver) written.unfinished += 1;
    progress.done();
  }
}

/** Every row of a range: by day, then by primary, then by time of receipt. */
export async function* allRows<T>(asked: Asked<T>): AsyncGenerator<T> {
  const { from, to } = asked.range;
  for (const { primary, day } of sharesOf(asked)) {
    yield* rowsOf(asked, primary, { from: Math.max(from, day), to: Math.min(to, day + DAY_MS - 1) });
  }
}

async function* rowsOf<T>({ kind, tables, only, now, signal }: Asked<T>, primary: string, range: Range) {
  signal.throwIfAborted();
  for await (const row of kind.rows(tables, primary, range, now, only)) {
    signal.throwIfAborted();
    yield row;
  }
}

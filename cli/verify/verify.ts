import type { Link } from '../../functions/archive/chain.ts';
import { dayPrefix, OBJECT_PREFIX } from '../../functions/archive/object.ts';
import { isoDay } from '../../functions/keys/indexes.ts';
import type { ArchiveBucket } from './bucket.ts';
import { beginFindings, endFindings, linkFindings, type Place, placesOf, type ReadObject, readPlace } from './chain.ts';
import { type Asked, type Counts, createComparison, NEVER } from './comparison.ts';
import type { Finding } from './finding.ts';
import type { LedgerFacts } from './ledger.ts';

export interface Archive {
  bucket: ArchiveBucket;
  /** Where the chain ends now, according to the Registry. */
  end(): Promise<Link | undefined>;
}

/** The progress so far, and the totals in the end. */
export interface Tally extends Counts {
  objects: number;
  findings: number;
  /** When the archive began, epoch ms; undefined if it holds nothing. */
  beganAt: number | undefined;
  /** The end of the chain when verifying began. Whoever notes it elsewhere can check later that it was there. */
  end: Pick<Link, 'name' | 'sha256'> | undefined;
}

export const NOTHING: Tally = {
  same: 0,
  expired: 0,
  before: 0,
  young: 0,
  objects: 0,
  findings: 0,
  beganAt: undefined,
  end: undefined,
};

/** How many objects are read at a time; each has 6 MB at most. */
const AT_ONCE = 8;

/** How many days after the range to read. If facts are still missing from the archive then, reading goes on. */
const DAYS_LATE = 2;

/**
 * Compares the facts of a range with the archive, and checks the archive's own chain. Keeps `tally` up to date
 * meanwhile.
 */
export async function* verify(
  { bucket, end: ask }: Archive,
  ledger: LedgerFacts,
  asked: Asked,
  tally: Tally,
): AsyncGenerator<Finding> {
  const reported = new Set<string>();
  /** Drops repeated findings: a wrong object is found from both of its neighbours. */
  function* report(findings: readonly Finding[]): Generator<Finding> {
    for (const finding of findings) {
      const key = `${finding.found} ${finding.object}`;
      if (finding.pk === undefined && reported.has(key)) continue;
      reported.add(key);
      if (finding.found !== 'expired') tally.findings += 1;
      yield finding;
    }
  }

  // Asked before anything is listed, so that the listing has everything up to this end.
  const end = await ask();
  tally.end = end && { name: end.name, sha256: end.sha256 };
  const strange: Finding[] = [];
  const places = (from: string) =>
    placesOf(bucket.list(from), { known: end, ask }, bucket, asked.now, (finding) => strange.push(finding));
  const first = await firstOf(places(OBJECT_PREFIX));
  const opening = first && (await readPlace(first, bucket));
  // If the object cannot be read, its name still gives the day on which it was written.
  const oldest = opening?.lines.reduce((least, { at }) => Math.min(least, at), NEVER) ?? NEVER;
  tally.beganAt = first && (oldest === NEVER ? Date.parse(first.object.day) : oldest);
  const comparison = createComparison(asked, tally.beganAt ?? NEVER, ledger);
  strange.length = 0;

  let last: ReadObject | undefined;
  let today = '';
  let stopped = false;
  const from = dayPrefix(asked.range.from);
  const until = isoDay(asked.range.to + DAYS_LATE * 86_400_000);
  for await (const read of ahead(places(from), AT_ONCE, (place) => readPlace(place, bucket))) {
    yield* report([...strange.splice(0), ...read.findings, ...linkFindings(last, read)]);
    if (!last) yield* report(await beginFindings(read, bucket));
    const { name: object, day } = read.object;
    last = read;
    tally.objects += 1;
    for (const line of read.lines) yield* report(comparison.take(line, object));
    // Lines of died attempts came again, but are taken, too: whoever can write the Registry could mark any object as
    // died to hide it.
    for (const { object, lines } of read.died)
      for (const line of lines) yield* report(comparison.take(line, object.name));
    if (day !== today) {
      const closed = day < until ? comparison.closeBefore(day) : comparison.closeAll();
      for await (const finding of closed) yield* report([finding]);
    }
    today = day;
    Object.assign(tally, comparison.counts);
    stopped = day >= until && comparison.waiting() === 0;
    if (stopped) break;
  }
  yield* report(strange);
  for await (const finding of comparison.closeAll()) yield* report([finding]);
  for await (const finding of comparison.end()) yield* report([finding]);
  if (last && !stopped) yield* report(endFindings(last, end ?? (await ask())));
  // Nothing of the range was in the bucket. That is right if the chain ends on an earlier day, or if it has no end
  // because the archive was switched on since and the ledger is older.
  if (!last && end && (!first || end.name > from)) yield* report(endFindings(last, end));
  Object.assign(tally, comparison.counts);
}

async function firstOf(places: AsyncIterable<Place>): Promise<Place | undefined> {
  for await (const place of places) return place;
  return undefined;
}

/** Does `work` for each value, `atOnce` at a time, and yields the results in order. */
async function* ahead<T, R>(
  values: AsyncIterable<T>,
  atOnce: number,
  work: (value: T) => Promise<R>,
): AsyncGenerator<R> {
  const begun: Promise<R>[] = [];
  for await (const value of values) {
    const result = work(value);
    // Awaited in its turn below; until then its rejection must not count as unhandled.
    result.catch(() => {});
    begun.push(result);
    if (begun.length < atOnce) continue;
    yield (await begun.shift()) as R;
  }
  for (const result of begun) yield await result;
}

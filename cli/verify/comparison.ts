import { canonicalItem, isExpired, type Line, type PlainItem } from '../../functions/archive/line.ts';
import { isoDay } from '../../functions/keys/indexes.ts';
import { sha256 } from '../../functions/keys/key.ts';
import { primaryOf } from '../../functions/keys/ledger.ts';
import { EXPIRES_AT } from '../../functions/keys/tables.ts';
import { daysOf, type Range } from '../../functions/questions/range.ts';
import { showTime } from '../output.ts';
import { type Finding, ofFact, placeOf } from './finding.ts';
import type { LedgerFacts } from './ledger.ts';

export interface Asked {
  range: Range;
  primaries: readonly string[];
  /** Whether only facts of these primaries count, even if the archive has others. */
  narrowed: boolean;
  /** Whether expired facts are listed, not only counted. */
  expired?: boolean;
  now: number;
}

/** How many facts compared how. */
export interface Counts {
  /** The same in ledger and archive. */
  same: number;
  expired: number;
  /** Not archived: received before the archive began (but on the day it did), or too recently. */
  before: number;
  young: number;
}

/** A fact of the archive. Only a digest of its content is kept, as a day may have many facts. */
interface Archived {
  digest: string;
  item: PlainItem;
  object: string;
}

const DAY_MS = 86_400_000;

/** A fact is archived within five minutes, so one that is not archived after ten is missing (ms). */
const SETTLED_MS = 600_000;

/**
 * A fact is written within seconds of its receipt, so one that claims a receipt ten minutes earlier or later is false
 * (ms).
 */
const TRUE_MS = 600_000;

export interface Comparison {
  counts: Counts;
  /** Takes a line, in the order of the chain, and returns the findings that it shows on its own. */
  take(line: Line, object: string): Finding[];
  /**
   * Compares the days of which no object from this day (UTC) on can have facts, if archiving is less than a day late.
   */
  closeBefore(day: string): AsyncGenerator<Finding>;
  /** Compares all days. */
  closeAll(): AsyncGenerator<Finding>;
  /** How many facts of the ledger have not been found in the archive yet. */
  waiting(): number;
  /** Findings about facts that are still not archived, and about those archived late. */
  end(): AsyncGenerator<Finding>;
}

const digestOf = (item: PlainItem) => sha256(canonicalItem(item));
const keyOf = (item: PlainItem) => JSON.stringify(Object.values(placeOf(item)));

/** The beginning of an archive that holds nothing. */
export const NEVER = Number.POSITIVE_INFINITY;

/**
 * Compares the facts of a range day by day, with only a few days in memory. `beganAt`: when the archive began, epoch
 * ms.
 */
export function createComparison(asked: Asked, beganAt: number, ledger: LedgerFacts): Comparison {
  const { range, primaries, narrowed, now } = asked;
  const counts: Counts = { same: 0, expired: 0, before: 0, young: 0 };
  const days = new Map<string, Map<string, Archived>>([...daysOf(range, false)].map((at) => [isoDay(at), new Map()]));
  const late = new Map<string, Archived>();
  const unarchived = new Map<string, PlainItem>();
  const told = new Set<string>();

  function once(key: string, finding: Finding): Finding[] {
    const known = `${finding.found} ${key}`;
    if (told.has(known)) return [];
    told.add(known);
    return [finding];
  }

  function take(line: Line, object: string): Finding[] {
    const item = line.event === 'INSERT' ? line.item : line.old;
    const { pk } = placeOf(item);
    if (narrowed && !primaries.includes(primaryOf(pk))) return [];
    // A batch that was tried again is archived again, with the same lines and sequence numbers.
    const key = `${line.sequence} ${keyOf(item)}`;
    if (line.event === 'INSERT') return [...takeFact(line, key, object)];
    const when = `${showTime(line.at)} UTC`;
    if (line.event === 'REMOVE') return once(key, ofFact('removed', item, `somebody removed it at ${when}`, object));
    const names = differing(line.old, line.item).join(', ');
    return once(key, ofFact('changed', item, `somebody changed it at ${when}: ${names}`, object));
  }

  function* takeFact({ item, at }: Line & { event: 'INSERT' }, lineKey: string, object: string): Generator<Finding> {
    const receivedAt = receiptOf(item) ?? at;
    if (Math.abs(at - receivedAt) > TRUE_MS)
      yield* once(
        lineKey,
        ofFact('inserted', item, `it was written at ${showTime(at)} UTC, but gives another time of receipt`, object),
      );
    if (receivedAt < range.from || receivedAt > range.to) return;
    const key = keyOf(item);
    const held = days.get(isoDay(receivedAt)) ?? late;
    const known = held.get(key);
    const archived = {
      digest: digestOf(item),
      item: { ...placeOf(item), receivedAt, [EXPIRES_AT]: item[EXPIRES_AT] },
      object,
    };
    if (!known) held.set(key, archived);
    else if (known.digest !== archived.digest && isExpired(known.item, at)) {
      // A new fact in the place of one that had expired.
      yield* expired(known);
      held.set(key, archived);
    } else if (known.digest !== archived.digest)
      yield* once(
        lineKey,
        ofFact('changed', item, `it was written again with other content: first in ${known.object}`, object),
      );
    if (held === late) unarchived.delete(key);
  }

  async function* close(day: string): AsyncGenerator<Finding> {
    const archived = days.get(day);
    if (!archived) return;
    days.delete(day);
    const midnight = Date.parse(day);
    // None of this day can be archived, so none needs to be read.
    if (midnight + DAY_MS <= beganAt && archived.size === 0 && beganAt !== NEVER) return;
    const within = { from: Math.max(range.from, midnight), to: Math.min(range.to, midnight + DAY_MS - 1) };
    for (const primary of primaries) {
      for await (const item of ledger.ofDay(primary, within)) {
        const key = keyOf(item);
        const known = archived.get(key);
        archived.delete(key);
        if (known) yield* compare(known, item);
        else if ((receiptOf(item) ?? 0) > now - SETTLED_MS) counts.young += 1;
        else if ((receiptOf(item) ?? 0) < beganAt) counts.before += 1;
        else unarchived.set(key, { ...placeOf(item), receivedAt: item.receivedAt });
      }
    }
    yield* lookUp(archived);
  }

  function* compare(known: Archived, item: PlainItem): Generator<Finding> {
    if (known.digest === digestOf(item)) counts.same += 1;
    // After it expired and was deleted, the same entry may have come again, as a fact with its own receipt.
    else if (isExpired(known.item, now)) yield* expired(known);
    else yield ofFact('changed', known.item, 'the ledger has other content than was archived', known.object);
  }

  function* expired({ item, object }: Archived): Generator<Finding> {
    counts.expired += 1;
    const why = `it expired at ${showTime(Number(item[EXPIRES_AT]) * 1000)} UTC`;
    if (asked.expired) yield ofFact('expired', item, why, object);
  }

  /** Reads the facts that the index does not have: it may lag, or somebody may have moved a fact out of it. */
  async function* lookUp(archived: ReadonlyMap<string, Archived>): AsyncGenerator<Finding> {
    const left = new Map(archived);
    for await (const item of ledger.at([...archived.values()].map((one) => placeOf(one.item)))) {
      const known = left.get(keyOf(item));
      left.delete(keyOf(item));
      if (known) yield* compare(known, item);
    }
    for (const known of left.values()) {
      if (isExpired(known.item, now)) yield* expired(known);
      else yield ofFact('removed', known.item, 'it is archived, but the ledger does not have it', known.object);
    }
  }

  async function* closeWhere(isOver: (day: string) => boolean): AsyncGenerator<Finding> {
    for (const day of [...days.keys()]) if (isOver(day)) yield* close(day);
  }

  return {
    counts,
    take,
    closeBefore: (day) => closeWhere((one) => Date.parse(one) + 2 * DAY_MS <= Date.parse(day)),
    closeAll: () => closeWhere(() => true),
    waiting: () => unarchived.size,
    async *end() {
      yield* lookUp(late);
      for (const item of unarchived.values())
        yield ofFact('inserted', item, 'the ledger has it, but it was never archived');
    },
  };
}

function receiptOf({ receivedAt }: PlainItem): number | undefined {
  return typeof receivedAt === 'number' ? receivedAt : undefined;
}

function differing(a: PlainItem, b: PlainItem): string[] {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].filter((name) => JSON.stringify(a[name]) !== JSON.stringify(b[name])).sort();
}

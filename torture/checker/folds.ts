import type { Evidence, Item, Verdict } from './evidence.ts';
import { isObject, parse } from './json.ts';
import { sentEntries } from './sent.ts';

interface Fact {
  entry: Item;
  /** The `timeStamp` of the message that brought it. */
  messageTime: number;
}

/** P3: each record is what its facts amount to by the rules of architecture.md, in whatever order they came. */
export function recordsFollowFromFacts(evidence: Evidence): Verdict {
  const known = evidence.ledger.filter(({ format }) => format === 1);
  const byPlace = Map.groupBy(known, ({ pk }) => String(pk));
  const records = new Map(
    evidence.records.filter(({ sk }) => sk === 'job' || sk === 'image').map((record) => [String(record.pk), record]),
  );
  const findings: string[] = [];
  let looked = 0;
  for (const [pk, items] of byPlace) {
    const [kind, primary] = pk.split('#');
    if ((kind !== 'job' && kind !== 'image') || primary === 'canary') continue;
    looked++;
    const facts = items.flatMap((item): Fact[] => {
      const entry = parse(item.entry);
      return isObject(entry) ? [{ entry, messageTime: Number(item.messageTime) }] : [];
    });
    const record = records.get(pk);
    if (!record) findings.push(`no record of ${pk}`);
    else findings.push(...(kind === 'job' ? jobFaults(pk, facts, record) : imageFaults(pk, facts, record)));
  }
  for (const pk of records.keys()) if (!byPlace.has(pk)) findings.push(`a record without facts: ${pk}`);
  findings.push(...timesThatNobodySent(evidence));
  return { property: 'P3', claim: 'records follow from facts in any order', looked, findings };
}

/** The facts of one run that may decide it: the latest by their message, among those that are DONE if there are any. */
function decidingOf(run: readonly Fact[]): Fact[] {
  const done = run.filter(({ entry }) => entry.state === 'DONE');
  const some = done.length > 0 ? done : run;
  const newest = Math.max(...some.map(({ messageTime }) => messageTime));
  return some.filter(({ messageTime }) => messageTime === newest);
}

/**
 * A run is one start time above 0. The job shows its latest run. It shows what has no start only where there is no run,
 * or where that is DONE by a later message than the one that decides the run.
 */
function jobFaults(pk: string, facts: readonly Fact[], record: Item): string[] {
  const byStart = Map.groupBy(facts, ({ entry }) => Number(entry.startTime));
  const latest = Math.max(...byStart.keys());
  const run = decidingOf(byStart.get(latest) ?? []);
  const unstarted = decidingOf(byStart.get(0) ?? []);
  const endedLater = unstarted.some(
    ({ entry, messageTime }) => entry.state === 'DONE' && run.every((fact) => fact.messageTime < messageTime),
  );
  const [startTime, deciding] = endedLater ? [0, unstarted] : [latest, run];
  const faults: string[] = [];
  if (record.startTime !== startTime)
    faults.push(`${pk} shows the start ${record.startTime}, by its facts it is ${startTime}`);
  // Where several facts are equally new, the rules leave open which of them decides.
  if (!deciding.some(({ entry }) => entry.state === record.state && entry.status === record.status))
    faults.push(`${pk} is ${record.state} ${record.status}; its facts do not say so`);
  return faults;
}

const HOUR_S = 3_600;

/**
 * Deleted when the latest DELETE is at most an hour older than the latest CREATE or UPDATE; otherwise without a local
 * copy until a newer CREATE.
 */
function imageFaults(pk: string, facts: readonly Fact[], record: Item): string[] {
  const latest = (...operations: string[]) =>
    Math.max(
      Number.NEGATIVE_INFINITY,
      ...facts.flatMap(({ entry }) =>
        operations.includes(String(entry.operationId)) ? [Number(entry.createdTime)] : [],
      ),
    );
  const isDeleted =
    latest('DELETE') > Number.NEGATIVE_INFINITY && latest('DELETE') >= latest('CREATE', 'UPDATE') - HOUR_S;
  const lostCopy = latest('NO_LOCAL_COPY_AVAILABLE');
  const hasNoCopy = lostCopy > Number.NEGATIVE_INFINITY && lostCopy >= latest('CREATE');
  const isKnown = latest('CREATE', 'UPDATE', 'DELETE', 'NO_LOCAL_COPY_AVAILABLE') > Number.NEGATIVE_INFINITY;
  const expected = isDeleted ? 'DELETED' : hasNoCopy ? 'NO_LOCAL_COPY' : isKnown ? 'RESTORABLE' : 'UNKNOWN';
  return record.condition === expected ? [] : [`${pk} is ${record.condition}, by its facts ${expected}`];
}

/** A fact keeps the time of a message that brought it. */
function timesThatNobodySent(evidence: Evidence): string[] {
  const sent = new Map<string, Set<number>>();
  for (const { messageIds, times } of sentEntries(evidence))
    for (const [at, id] of messageIds.entries()) sent.set(id, (sent.get(id) ?? new Set()).add(times[at] ?? 0));
  return evidence.ledger
    .filter(({ pk, messageId }) => /^(job|image)#/.test(String(pk)) && sent.has(String(messageId)))
    .filter(({ messageId, messageTime }) => !sent.get(String(messageId))?.has(Number(messageTime)))
    .map(({ pk, sk }) => `${pk} ${sk} has another time than its message`);
}

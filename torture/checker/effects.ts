import type { Evidence, Item, Verdict } from './evidence.ts';
import { canonical, isObject, parse } from './json.ts';

const isFact = ({ pk, format }: Item) => /^(job|image)#/.test(String(pk)) && format === 1;
const isCanary = ({ pk }: Item) => String(pk).split('#')[1] === 'canary';

/** A failure that must be reported: DONE with a status other than 0. */
interface Failure {
  name: string;
  where: string;
}

const failureName = (primary: unknown, job: Item) => JSON.stringify([primary, job.jobId, job.startTime, job.status]);

function failuresOf({ ledger }: Evidence): Failure[] {
  return ledger
    .filter((item) => isFact(item) && !isCanary(item))
    .flatMap((item) => {
      const entry = parse(item.entry);
      if (!isObject(entry) || entry.state !== 'DONE' || entry.status === 0) return [];
      return [{ name: failureName(String(item.pk).split('#')[1], entry), where: `${item.pk} ${item.sk}` }];
    });
}

/** The messages that name each failure, alone or in a digest. */
function messagesByFailure({ queue }: Evidence): Map<string, Set<string>> {
  const messages = new Map<string, Set<string>>();
  for (const body of queue) {
    const message = parse(body);
    if (!isObject(message)) continue;
    // A failed job with its failed children, or many failures.
    const failures = [
      ...(message.kind === 'JobFailed' ? [message, ...list(message.children)] : []),
      ...list(message.failures),
    ];
    for (const failure of failures) {
      if (!isObject(failure) || !isObject(failure.job)) continue;
      const name = failureName(failure.primary, failure.job);
      messages.set(name, (messages.get(name) ?? new Set()).add(String(message.id)));
    }
  }
  return messages;
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** P2: a fact is stored once, counts once in its record, and is reported in one message, however often it came. */
export function oneFactOneEffect(evidence: Evidence): Verdict {
  const facts = evidence.ledger.filter((item) => isFact(item) && !isCanary(item));
  const findings: string[] = [];
  const byContent = Map.groupBy(facts, ({ pk, entry }) => `${pk} ${canonical(parse(entry))}`);
  for (const [name, copies] of byContent)
    if (copies.length > 1) findings.push(`stored ${copies.length} times: ${name}`);
  const counts = Map.groupBy(facts, ({ pk }) => String(pk));
  for (const record of evidence.records) {
    if ((record.sk !== 'job' && record.sk !== 'image') || isCanary(record)) continue;
    const count = counts.get(String(record.pk))?.length ?? 0;
    if (record.facts !== count) findings.push(`${record.pk} is made of ${record.facts} facts, and there are ${count}`);
  }
  for (const [name, ids] of messagesByFailure(evidence))
    if (ids.size > 1) findings.push(`told in ${ids.size} messages: ${name}`);
  return { property: 'P2', claim: 'one fact has one effect', looked: facts.length, findings };
}

/** P4: every job that ended with a status other than 0 reached the subscriber, alone or named in a digest. */
export function everyFailureIsReported(evidence: Evidence): Verdict {
  const names = messagesByFailure(evidence);
  const failures = failuresOf(evidence);
  const findings = failures.filter(({ name }) => !names.has(name)).map(({ where }) => `not told: ${where}`);
  const real = new Set(failures.map(({ name }) => name));
  for (const name of names.keys())
    if (!real.has(name) && !name.startsWith('["canary"')) findings.push(`told, and it is in no fact: ${name}`);
  return { property: 'P4', claim: 'every failed job is told', looked: failures.length, findings };
}

import type { Evidence, Item, Verdict } from './evidence.ts';
import { canonical, parse } from './json.ts';
import { acknowledgedIds, type SentEntry, sentEntries } from './sent.ts';

const ofJobsAndImages = ({ ledger }: Evidence) => ledger.filter(({ pk }) => /^(job|image)#/.test(String(pk)));
const factsOf = (evidence: Evidence) => ofJobsAndImages(evidence).filter(({ format }) => format === 1);
const asidesOf = ({ ledger }: Evidence) => ledger.filter(({ pk }) => /^aside#/.test(String(pk)));

/** Names an entry by its primary server and its content. The second part of a fact's key is its primary server. */
const nameOf = (primary: string, entry: unknown) => `${primary} ${canonical(entry)}`;
const primaryInKey = ({ pk }: Item) => String(pk).split('#')[1] ?? '';

function factsByName(evidence: Evidence): Map<string, Item[]> {
  return Map.groupBy(factsOf(evidence), (item) => nameOf(primaryInKey(item), parse(item.entry)));
}

/** docs/data-model.md: the partition of a fact. */
function placeOf({ primary, object, entry }: SentEntry): string {
  const parts = object === 'JOB' ? ['job', primary, entry.jobId] : ['image', primary, entry.backupId];
  const escaped = parts.map((part) =>
    String(part).replaceAll('%', '%25').replaceAll('#', '%23').replaceAll('~', '%7E'),
  );
  return escaped.join('#');
}

const tell = ({ primary, entry }: SentEntry) => `${primary} ${canonical(entry)}`;

/** For each primary server and hour, nbwatch keeps no more aside: docs/limits.md. */
const ASIDE_LIMIT = 100;

/**
 * P1: acknowledged ⊆ stored, compared as whole entries. What cannot be read is put aside whole, up to 100 for each
 * primary server and hour.
 */
export function acknowledgedIsStored(evidence: Evidence): Verdict {
  const facts = factsByName(evidence);
  const sent = sentEntries(evidence).filter(({ acknowledged }) => acknowledged);
  const asides = asidesOf(evidence);
  // Each unreadable entry contains a text of its own, by which it is found again.
  const aside = new Map(
    asides.flatMap((item) => {
      const content = parse(item.content);
      const text = content === undefined ? String(item.content) : canonical(content);
      return [...text.matchAll(/"broken":"([^"\\]*)/g)].map(([, mark]) => [`${primaryInKey(item)} ${mark}`, text]);
    }),
  );
  const full = new Set(
    [...Map.groupBy(asides, ({ pk }) => String(pk))].filter(([, kept]) => kept.length >= ASIDE_LIMIT).map(([pk]) => pk),
  );
  const findings = sent.flatMap((one) => {
    if (one.readable) {
      const kept = facts.get(nameOf(one.primary, one.entry));
      if (!kept) return [`not stored: ${tell(one)}`];
      return kept.some(({ pk }) => pk === placeOf(one)) ? [] : [`stored under ${kept[0]?.pk}: ${tell(one)}`];
    }
    const text = aside.get(`${one.primary} ${one.entry.broken}`);
    if (text !== undefined) return text.includes(canonical(one.entry)) ? [] : [`not put aside whole: ${tell(one)}`];
    return [...one.hours].some((hour) => full.has(`aside#${one.primary}#${hour}`))
      ? []
      : [`not put aside: ${tell(one)}`];
  });
  return { property: 'P1', claim: 'what is acknowledged is stored, whole', looked: sent.length, findings };
}

/** P6: nothing is kept of a primary server that did not send it. */
export function nobodyWritesForAnother(evidence: Evidence): Verdict {
  const own = new Set(sentEntries(evidence).map(({ primary, entry }) => nameOf(primary, entry)));
  const known = new Set(evidence.primaries.map(({ name }) => name));
  const facts = factsOf(evidence).filter((item) => primaryInKey(item) !== 'canary');
  const findings = facts.flatMap((item) => {
    const primary = primaryInKey(item);
    if (!known.has(primary)) return [`a fact of ${primary}, which does not exist: ${item.pk} ${item.sk}`];
    return own.has(nameOf(primary, parse(item.entry))) ? [] : [`${primary} did not send ${item.pk} ${item.sk}`];
  });
  for (const { primary } of evidence.log.filter(({ kind }) => kind === 'accepted'))
    if (!known.has(primary)) findings.push(`${primary} was accepted, and has no token`);
  return { property: 'P6', claim: 'a token reports for its own primary server only', looked: facts.length, findings };
}

/** P7: an entry beside an unreadable one is still stored. */
export function oneBadEntryCostsNoOther(evidence: Evidence): Verdict {
  const sent = sentEntries(evidence);
  const spoilt = new Set(sent.filter(({ readable }) => !readable).flatMap(({ messageIds }) => messageIds));
  const beside = sent.filter(
    ({ readable, acknowledged, messageIds }) => readable && acknowledged && messageIds.some((id) => spoilt.has(id)),
  );
  const facts = factsByName(evidence);
  const findings = beside
    .filter(({ primary, entry }) => !facts.has(nameOf(primary, entry)))
    .map((one) => `lost beside a bad entry: ${tell(one)}`);
  const acknowledged = acknowledgedIds(evidence);
  const unanswered = [...spoilt].filter((id) => !acknowledged.has(id));
  findings.push(...unanswered.map((id) => `never acknowledged, with a bad entry in it: ${id}`));
  const poison = ofJobsAndImages(evidence).filter(({ format }) => format !== 1);
  const noted = JSON.stringify(evidence.records.filter(({ pk }) => String(pk).startsWith('unprojected#')));
  findings.push(
    ...poison
      .filter(({ pk }) => !noted.includes(JSON.stringify(pk)))
      .map(({ pk }) => `poison that nobody noted: ${pk}`),
  );
  const others = Map.groupBy(factsOf(evidence), ({ pk }) => String(pk));
  const projected = new Map(evidence.records.map(({ pk, sk, facts }) => [`${pk} ${sk}`, facts]));
  for (const pk of new Set(poison.map((item) => String(item.pk)))) {
    const count = others.get(pk)?.length ?? 0;
    if (count > 0 && projected.get(`${pk} job`) !== count) findings.push(`held up by poison: ${pk}`);
  }
  return { property: 'P7', claim: 'one bad entry costs no other', looked: beside.length, findings };
}

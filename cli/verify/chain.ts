import type { Link } from '../../functions/archive/chain.ts';
import type { Line } from '../../functions/archive/line.ts';
import { type Header, type ObjectName, parseObject, parseObjectName } from '../../functions/archive/object.ts';
import { sha256 } from '../../functions/keys/key.ts';
import type { ArchiveBucket, Listed } from './bucket.ts';
import { type Finding, ofObject } from './finding.ts';

export type Named = Listed & ObjectName;

/** An object of the chain, and the other objects with its number. */
export interface Place {
  object: Named;
  beside: Named[];
}

/** An object as it was read. `header` and `lines` have what can be read as an object of an archive. */
export interface ReadObject extends Place {
  sha256?: string;
  header?: Header;
  lines: Line[];
  /** The objects that attempts under its number left when they died, according to its header. */
  died: ReadObject[];
  findings: Finding[];
}

/** How long after it was written an object may be unknown to the Registry, ms. */
const UNDER_WAY_MS = 600_000;

/** Where the chain ends: as known when verifying began, and as the Registry says now. */
export interface End {
  known: Link | undefined;
  ask(): Promise<Link | undefined>;
}

/**
 * Goes through the chain in its order. If several objects have one number, the chain's is the one that the next object
 * names, or, at the end, the one that the Registry names. `tell` is called for objects outside the chain. `now`: epoch
 * ms.
 */
export async function* placesOf(
  listed: AsyncIterable<Listed>,
  { known: end, ask }: End,
  bucket: Pick<ArchiveBucket, 'read'>,
  now: number,
  tell: (finding: Finding) => void,
): AsyncGenerator<Place> {
  let group: Named[] = [];
  // Groups of several objects with one number, until the next object says which is the chain's.
  let open: Named[][] = [];

  async function close(next: Named | undefined): Promise<Place[]> {
    const places: Place[] = [];
    let wanted = next ? await namedBefore(next, bucket) : end?.name;
    for (const several of open.toReversed()) {
      const object = several.find(({ name }) => name === wanted) ?? several[0];
      if (!object) continue;
      places.unshift({ object, beside: several.filter((one) => one !== object) });
      wanted = await namedBefore(object, bucket);
    }
    open = [];
    return places;
  }

  async function isUnderWay(object: Named): Promise<boolean> {
    const { header } = await readPlace({ object, beside: [] }, bucket);
    return header !== undefined && header.writtenAt > now - UNDER_WAY_MS;
  }

  async function* ended(): AsyncGenerator<Place> {
    const [only] = group;
    if (!only) return;
    if (group.length > 1) open.push(group);
    else {
      if (open.length > 0) yield* await close(only);
      yield { object: only, beside: [] };
    }
    group = [];
  }

  for await (const one of listed) {
    const parsed = parseObjectName(one.name);
    const before = group[0]?.number ?? open.at(-1)?.[0]?.number ?? 0;
    if (!parsed || parsed.number < before) {
      tell(ofObject('outside', one.name, 'no archive uses this name here: somebody else put it into the bucket'));
      continue;
    }
    const named = { ...one, ...parsed };
    // Newer than the known end. The Registry is asked after the listing, so it knows all objects but the one under way.
    if (end && named.number > end.number) end = await ask();
    if (end && named.number > end.number) {
      if (named.number > end.number + 1 || !(await isUnderWay(named)))
        tell(ofObject('outside', one.name, `according to the Registry, the chain ends in ${end.name}`));
      continue;
    }
    if (group[0] && group[0].number !== named.number) yield* ended();
    group.push(named);
  }
  yield* ended();
  if (open.length > 0) yield* await close(undefined);
}

async function namedBefore(object: Named, bucket: Pick<ArchiveBucket, 'read'>): Promise<string | undefined> {
  return (await readPlace({ object, beside: [] }, bucket)).header?.before?.name;
}

/** Reads an object of the chain, with findings about that object alone. */
export async function readPlace(place: Place, bucket: Pick<ArchiveBucket, 'read'>): Promise<ReadObject> {
  const { object } = place;
  const findings: Finding[] = [];
  if (object.versions > 1)
    findings.push(ofObject('overwritten', object.name, `it has ${object.versions} versions; the first one counts`));
  if (object.hidden)
    findings.push(
      ofObject('hidden', object.name, 'somebody deleted it without a version; all its versions are still there'),
    );
  const bytes = await bucket.read(object);
  if (!bytes) {
    findings.push(ofObject('missing', object.name, 'none of its versions can be read'));
    return { ...place, lines: [], died: [], findings };
  }
  const read = { ...place, sha256: sha256(bytes), died: [], findings };
  try {
    const parsed = parseObject(bytes.toString());
    const dead = place.beside.filter(({ id }) => parsed.header.abandoned.includes(id));
    const died = await Promise.all(dead.map((one) => readPlace({ object: one, beside: [] }, bucket)));
    return { ...read, ...parsed, died, findings: [...findings, ...died.flatMap((one) => one.findings)] };
  } catch (error) {
    findings.push(
      ofObject('altered', object.name, `it cannot be read: ${error instanceof Error ? error.message : error}`),
    );
    return { ...read, lines: [] };
  }
}

/** Findings about the link between two successive objects. `before` is undefined for the first object that is read. */
export function linkFindings(before: ReadObject | undefined, read: ReadObject): Finding[] {
  const { object, header, beside } = read;
  const findings = beside
    .filter(({ id }) => header && !header.abandoned.includes(id))
    .map(({ name }) => ofObject('outside', name, `it is not in the chain: ${object.name} has its place`));
  if (!header) return findings;
  if (header.number !== object.number || (header.before === undefined) !== (object.number === 1))
    findings.push(ofObject('altered', object.name, `its name says number ${object.number}, its content another`));
  return before ? [...findings, ...gapFindings(before, object.number, header.before)] : findings;
}

/**
 * Findings about the object before the first that is read, which is older than the range. If it is gone, others at the
 * beginning of the chain may be gone, too.
 */
export async function beginFindings({ object, header }: ReadObject, bucket: ArchiveBucket): Promise<Finding[]> {
  const named = header?.before;
  if (!named) return [];
  const before = await readNamed(named.name, bucket);
  if (!before)
    return [ofObject('missing', named.name, `it is not in the bucket, but ${object.name} names it as the one before`)];
  return [...before.findings, ...gapFindings(before, object.number, named)];
}

async function readNamed(name: string, bucket: ArchiveBucket): Promise<ReadObject | undefined> {
  const parsed = parseObjectName(name);
  if (!parsed) return undefined;
  // Listed to learn its versions, from a name just before it, as a listing begins after its marker.
  for await (const listed of bucket.list(name.slice(0, -1))) {
    if (listed.name > name) break;
    if (listed.name === name) return readPlace({ object: { ...listed, ...parsed }, beside: [] }, bucket);
  }
  return undefined;
}

/**
 * Findings about the end of the chain by the Registry. `last`: the last object in the bucket, if any is in the range.
 */
export function endFindings(last: ReadObject | undefined, end: Link | undefined): Finding[] {
  // If the bucket has newer objects than `end`, `placesOf` has compared them with a newer end.
  if (last && end) return end.number < last.object.number ? [] : gapFindings(last, end.number + 1, end);
  if (last) {
    const why = 'the Registry does not say that the chain ends in it: its item “archive” was removed';
    return [ofObject('missing', last.object.name, why)];
  }
  return end ? [ofObject('missing', end.name, 'according to the Registry, the chain ends in it')] : [];
}

/** `named`: the object that must come before number `number`, according to its successor. */
function gapFindings(
  { object, sha256: found }: ReadObject,
  number: number,
  named: { name: string; sha256: string } | undefined,
): Finding[] {
  if (number > object.number + 1) {
    const first = object.number + 1;
    const count = number - first;
    const numbers = count === 1 ? `number ${first} is` : `numbers ${first} to ${number - 1} are`;
    return [ofObject('missing', named?.name ?? object.name, `${numbers} not in the bucket, after ${object.name}`)];
  }
  if (!named) return [];
  if (named.name !== object.name)
    return [
      ofObject('missing', named.name, `the chain has it as number ${object.number}, but the bucket has ${object.name}`),
    ];
  if (found !== undefined && named.sha256 !== found)
    return [ofObject('altered', object.name, 'its SHA-256 is not the recorded one')];
  return [];
}

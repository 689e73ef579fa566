import type { Evidence } from './evidence.ts';
import { canonical, isObject } from './json.ts';

/** An entry that a primary server sent, with the messages that it came in. */
export interface SentEntry {
  primary: string;
  object: 'JOB' | 'IMAGE';
  entry: Readonly<Record<string, unknown>>;
  /** Whether a fact can be made of it: protocol.md, the fields of an entry. */
  readable: boolean;
  messageIds: string[];
  /** The `timeStamp` of each of these messages. */
  times: number[];
  acknowledged: boolean;
  /** The hours (UTC, `2026-11-27T10`) in which a message that brought it was under way. */
  hours: Set<string>;
}

/** Computed once for each evidence: five properties ask for it, and a long run sends a million entries. */
const known = new WeakMap<Evidence, SentEntry[]>();

/** Everything that was sent, each entry once: equal entries of one primary server are one. */
export function sentEntries(evidence: Evidence): SentEntry[] {
  const sent = known.get(evidence) ?? read(evidence);
  known.set(evidence, sent);
  return sent;
}

export function acknowledgedIds({ log }: Evidence): Set<string> {
  return new Set(log.flatMap((line) => (line.kind === 'acknowledged' ? [line.id] : [])));
}

function read(evidence: Evidence): SentEntry[] {
  const { log } = evidence;
  const acknowledged = acknowledgedIds(evidence);
  const acknowledgedAt = new Map(
    log.flatMap((line): [string, number][] => (line.kind === 'acknowledged' ? [[line.id, line.at]] : [])),
  );
  const found = new Map<string, SentEntry>();
  const seen = new Set<string>();
  for (const line of log) {
    if (line.kind !== 'sent') continue;
    if (seen.has(line.id)) continue;
    seen.add(line.id);
    for (const group of Array.isArray(line.message.payload) ? line.message.payload : []) {
      const object = group.object === 'IMAGE' ? 'IMAGE' : 'JOB';
      for (const entry of Array.isArray(group.data) ? group.data : [group.data]) {
        const key = `${line.primary} ${object} ${canonical(entry)}`;
        const sent: SentEntry = found.get(key) ?? {
          ...{ primary: line.primary, object, entry, readable: isReadable(object, entry) },
          ...{ messageIds: [], times: [], acknowledged: false, hours: new Set<string>() },
        };
        found.set(key, sent);
        sent.messageIds.push(line.id);
        sent.times.push(line.message.timeStamp);
        sent.acknowledged ||= acknowledged.has(line.id);
        for (const hour of hoursOf(line.at, acknowledgedAt.get(line.id) ?? line.at)) sent.hours.add(hour);
      }
    }
  }
  return [...found.values()];
}

const HOUR_MS = 3_600_000;

/** The hours from one time to another, epoch ms. */
function hoursOf(from: number, to: number): string[] {
  const first = Math.floor(from / HOUR_MS);
  const count = Math.floor(to / HOUR_MS) - first + 1;
  return Array.from({ length: count }, (_, at) => new Date((first + at) * HOUR_MS).toISOString().slice(0, 13));
}

const NEEDED = {
  JOB: { jobId: 'number', state: 'string', status: 'number', startTime: 'number' },
  IMAGE: { backupId: 'string', operationId: 'string', createdTime: 'number' },
};

function isReadable(object: 'JOB' | 'IMAGE', entry: unknown): boolean {
  return isObject(entry) && Object.entries(NEEDED[object]).every(([name, type]) => typeof entry[name] === type);
}

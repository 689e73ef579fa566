import { createDraw, type Draw } from '../client/traffic/draw.ts';

/** One notification of a primary server, and what the checker may expect of it. */
export interface Sending {
  payload: unknown[];
  id: string;
  /** Epoch seconds. */
  timeStamp: number;
}

export interface TrafficOptions {
  seed: number;
  /** Each with its token, which entries sometimes contain and which must not be kept. */
  primaries: readonly { name: string; token: string }[];
  /** Of all primary servers together. */
  notifications: number;
  /** Epoch seconds. */
  now: number;
}

/** NetBackup's clocks: `startTime` and `createdTime` run whole hours ahead of `timeStamp` (protocol.md). */
const AHEAD = 4 * 3_600;

const CLIENTS = ['sql01', 'Files#2', 'büro%23', 'db~oracle', 'vm 07', '日本'] as const;
/**
 * After so many messages, a primary server reports other clients: if a client's history kept growing, reading it would
 * take ever longer.
 */
const MESSAGES_OF_CLIENTS = 200;
const POLICIES = ['nightly', 'weekly#full', ''] as const;
const TYPES = ['BACKUP', 'RESTORE', 'IMAGEDELETE', 'NEW_KIND'] as const;
/** States of a job that has started and not ended. */
const UNDERWAY = ['ACTIVE', 'SUSPENDED', 'INCOMPLETE'] as const;
const STATUSES = [0, 0, 0, 1, 6, 13, 58, 150, 156, 191, 196, 2_074, 99_999] as const;
const OPERATIONS = ['CREATE', 'UPDATE', 'NO_LOCAL_COPY_AVAILABLE', 'DELETE', 'SOMETHING_NEW'] as const;

/** How many messages later the rest of a job's facts may come. */
const LATER = 12;

/**
 * What each primary server sends: jobs in all states, restarted ones and parents with children, images through their
 * life, entries whose key another entry has, entries and messages that cannot be read, tokens where none belongs, and
 * messages of a hundred entries. The facts of a job come in several messages and in any order; some jobs do not end,
 * and some end a second time with another status. Every primary server uses the same job ids and backup ids as the
 * others, as real ones do.
 */
export function createTraffic({ seed, primaries, notifications, now }: TrafficOptions): Map<string, Sending[]> {
  const each = Math.ceil(notifications / primaries.length);
  return new Map(
    primaries.map((primary, index) => [primary.name, trafficOf(createDraw(seed * 1_000 + index), each, primary, now)]),
  );
}

function trafficOf(
  draw: Draw,
  count: number,
  { name, token }: { name: string; token: string },
  now: number,
): Sending[] {
  const messages: Sending[] = [];
  const facts: object[] = [];
  /** The facts that each message carries of earlier jobs. */
  const carried = Array.from({ length: count }, (): object[] => []);
  let nextJob = 1;
  const images: { backupId: string; clientName: string; backupTime: number; createdTime: number }[] = [];

  const client = () => {
    const turn = Math.floor(messages.length / MESSAGES_OF_CLIENTS);
    return `${draw.one(CLIENTS)}${turn === 0 ? '' : turn}`;
  };
  const tokenIn = (share: number) => (draw.chance(share) ? { apiToken: token } : {});
  const jobFacts = (): object[] => {
    const jobId = nextJob++;
    const names = {
      clientName: client(),
      policyName: draw.one(POLICIES),
      policyType: draw.one(['VMWARE', 'STANDARD', 'NEW_TYPE']),
      jobType: draw.one(TYPES),
      scheduleType: draw.one(['ST_FULL', 'ST_CINC']),
    };
    const parentJobId = draw.chance(0.3) ? Math.max(1, jobId - 1) : jobId;
    const startTime = now + AHEAD - draw.whole(0, 86_400);
    const secret = tokenIn(0.05);
    const common = { jobId, parentJobId, ...names, ...secret, sender: name };
    const runs = draw.chance(0.15) ? 2 : 1;
    return Array.from({ length: runs }).flatMap((_, run) => {
      const started = { ...common, startTime: startTime + run * 600 };
      const ends = draw.shuffled(STATUSES).slice(0, draw.one([0, 1, 1, 1, 1, 1, 1, 1, 2]));
      // A job that has not ended was seen in two states: the record has to tell which came last.
      const states = draw.shuffled(UNDERWAY).slice(0, ends.length === 0 ? 2 : draw.whole(0, 1));
      return [
        ...(draw.chance(0.2) ? [{ ...common, startTime: 0, state: 'QUEUED', status: 0 }] : []),
        ...states.map((state) => ({ ...started, state, status: 0 })),
        ...ends.map((status) => ({ ...started, state: 'DONE', status })),
      ];
    });
  };
  const imageFacts = (): object[] => {
    if (images.length === 0 || draw.chance(0.4)) {
      const clientName = client();
      const backupTime = now - draw.whole(0, 30 * 86_400) - images.length;
      images.push({ backupId: `${clientName}_${backupTime}`, clientName, backupTime, createdTime: now + AHEAD });
    }
    const image = draw.one(images as [(typeof images)[0], ...typeof images]);
    image.createdTime += draw.whole(0, 5_000);
    const { backupId, clientName, backupTime, createdTime } = image;
    const entry = { backupId, clientName, clientType: 'VMWARE', backupTime, createdTime, sender: name };
    const operations = draw.chance(0.2) ? ['UPDATE', 'NO_LOCAL_COPY_AVAILABLE'] : [draw.one(OPERATIONS)];
    return operations.map((operationId) => ({ ...entry, operationId }));
  };
  const info = (object: 'JOB' | 'IMAGE', data: object[]) => ({ notificationType: 'INFO', object, data });
  const isJob = (fact: object) => 'jobId' in fact;
  const payloadOf = (some: object[]): unknown[] => [
    ...(some.some(isJob) ? [info('JOB', some.filter(isJob))] : []),
    ...(some.every(isJob)
      ? []
      : [
          info(
            'IMAGE',
            some.filter((fact) => !isJob(fact)),
          ),
        ]),
  ];

  while (messages.length < count) {
    const size = draw.chance(0.005) ? draw.whole(60, 120) : draw.chance(0.5) ? 1 : draw.whole(2, 4);
    const place = messages.length;
    let some = carried[place] ?? [];
    while (some.length < size) {
      if (!draw.chance(0.6)) some.push(...imageFacts());
      else
        for (const fact of jobFacts()) {
          const later = draw.chance(0.5) ? 0 : draw.whole(1, LATER);
          (later === 0 ? some : (carried[Math.min(count - 1, place + later)] ?? [])).push(fact);
        }
    }
    // An old fact again, under another message's id; and one with the key of another fact but other content.
    if (facts.length > 0 && draw.chance(0.2)) some.push(draw.one(facts as [object, ...object[]]));
    if (facts.length > 0 && draw.chance(0.05))
      some.push({ ...draw.one(facts as [object, ...object[]]), said: draw.id() });
    facts.push(...some);
    if (draw.chance(0.05)) some = [...some, ...unreadable(draw, { sender: name, ...tokenIn(0.3) })];
    messages.push({
      payload: draw.chance(0.02)
        ? [{ notificationType: 'INFO', object: 'JOB', data: { broken: draw.id(), sender: name, ...tokenIn(0.3) } }]
        : payloadOf(some),
      id: draw.id(),
      timeStamp: now + draw.whole(-300, 300),
    });
  }
  return spread(draw, messages);
}

/** Entries that no fact can be made of. */
function unreadable(draw: Draw, more: object): object[] {
  return [
    draw.one<object>([
      { jobId: 'not a number', broken: draw.id(), ...more },
      { backupId: 7, broken: draw.id(), ...more },
      { broken: draw.id(), ...more },
    ]),
  ];
}

/** Not quite in order: a message may come before one that was made a little earlier. */
function spread(draw: Draw, messages: readonly Sending[]): Sending[] {
  return messages
    .map((message, place) => ({ message, place: place + draw.whole(0, 8) }))
    .sort((a, b) => a.place - b.place)
    .map(({ message }) => message);
}

import { createDraw, type Draw } from '../client/traffic/draw.ts';
import type { Call } from '../local/proxy/call.ts';
import type { Fault, FaultPlan } from '../local/proxy/faults.ts';
import { functionOf, type KillPoints, pointOf } from './points.ts';

/** A fault that was injected. */
export interface Injected {
  point: string;
  side: Side;
  kind: Fault['kind'];
  worker: string;
}

export interface TorturePlan extends FaultPlan {
  injected(): readonly Injected[];
  points(): KillPoints;
  /** From now on what is due up to this share of the notifications goes wrong, 0 to 1. */
  reached(share: number): void;
  /** How many of the drawn faults met no call yet. */
  left(): number;
  /** How many publishes SNS refused. */
  refused(): number;
  /** From now on nothing goes wrong. */
  calm(): void;
}

export interface FaultOptions {
  seed: number;
  /** How many are drawn. Deaths at points that none of these hit come on top. */
  faults: number;
  /** Where a function dies besides, and at each other point that one comes to. Undefined: nowhere. */
  everyPoint: readonly string[] | undefined;
}

type Side = 'before' | 'after';

/** A fault that waits for its call: the one after `skip` others of this function, from when `at` of the notifications are through. */
interface Planned {
  at: number;
  of: string;
  skip: number;
  side: Side;
  fault: Fault;
}

/** Of ten faults, whose calls they meet: about as many as a function makes, but no less than one. */
const FUNCTIONS = [
  ...['Ingest', 'Ingest', 'Ingest', 'Ingest', 'Projection', 'Projection', 'Projection'],
  ...['Publisher', 'Watch', 'ArchiveFunction'],
] as const;

/** A fault that has waited for so much of the notifications meets the next call of any function. */
const PATIENCE = 0.05;

/** By then a function has died at each point that it comes to often. */
const DEATHS_UNTIL = 0.8;

/** Until a function came to a point so often it may never come there again, so that it dies there sooner, but not at many in a row. */
const RARE = 10;
const BETWEEN_DEATHS = 0.01;

/** How many publishes SNS refuses in a row, once. */
const REFUSALS = 8;

/** As of a topic whose policy does not allow it: a client calls once, where it would try a 500 again until it is taken. */
const REFUSED: Fault = { kind: 'error', status: 403, code: 'AuthorizationError', message: 'injected' };

/**
 * Spreads faults evenly over the notifications: a burst would stop the traffic and be over before any is stored. When a fault is due, whose
 * call it meets, the how manieth and with what follows from the seed; so does when a function dies at a point.
 */
export function createFaultPlan({ seed, faults, everyPoint }: FaultOptions): TorturePlan {
  const draw = createDraw(seed);
  const planned = Array.from({ length: faults }, (_, each) => ({ at: each / faults, ...drawFault(draw) }));
  const refusedFrom = draw.whole(3, 20);
  const injected: Injected[] = [];
  const points = new Map<string, { calls: number } & Record<Side, number> & { dies: Record<Side, number> }>();
  let share = 0;
  let diedAt = 0;
  let isCalm = false;
  let publishes = 0;
  let refused = 0;
  /** Makes the last fault due again. */
  let giveBack = () => {};

  function stateOf(point: string) {
    const known = points.get(point);
    if (known) return known;
    const own = createDraw(seed + hash(point));
    const dies = () => (own.whole(0, 1_000) / 1_000) * DEATHS_UNTIL;
    const made = { calls: 0, before: 0, after: 0, dies: { before: dies(), after: dies() } };
    points.set(point, made);
    return made;
  }

  // Also those to which no function ever comes.
  for (const point of everyPoint ?? []) stateOf(point);

  function refuse(): Fault {
    refused++;
    return REFUSED;
  }

  /** The drawn fault that this call meets. */
  function meet(name: string, side: Side): Fault | undefined {
    for (const [place, one] of planned.entries()) {
      if (one.at > share) return undefined;
      if (one.side !== side || (one.of !== name && share < one.at + PATIENCE)) continue;
      if (one.skip-- > 0) continue;
      planned.splice(place, 1);
      giveBack = () => void planned.splice(place, 0, one);
      return one.fault;
    }
    return undefined;
  }

  function choose(call: Call, side: Side): Fault | undefined {
    const state = stateOf(pointOf(call));
    if (side === 'before') state.calls++;
    if (isCalm) return undefined;
    const isDue = share >= state.dies[side] || (state.calls <= RARE && share >= Math.min(1, diedAt + BETWEEN_DEATHS));
    if (everyPoint && state[side] === 0 && isDue) {
      const before = diedAt;
      diedAt = share;
      giveBack = () => {
        diedAt = before;
      };
      return { kind: 'kill' };
    }
    if (call.action === 'sns:Publish' && side === 'before') {
      publishes++;
      if (publishes >= refusedFrom && publishes < refusedFrom + REFUSALS) return refuse();
    }
    return meet(functionOf(call), side);
  }

  function inject(call: Call, side: Side): Fault | undefined {
    const fault = choose(call, side);
    if (!fault) return undefined;
    const point = pointOf(call);
    injected.push({ point, side, kind: fault.kind, worker: call.worker });
    if (fault.kind === 'kill') stateOf(point)[side]++;
    return fault;
  }

  return {
    before: (call) => inject(call, 'before'),
    after: (call) => inject(call, 'after'),
    missed(call, side) {
      injected.pop();
      stateOf(pointOf(call))[side]--;
      giveBack();
    },
    injected: () => injected,
    points: () => new Map([...points].sort(([a], [b]) => (a < b ? -1 : 1))),
    reached(now) {
      share = now;
    },
    left: () => planned.length,
    refused: () => refused,
    calm() {
      isCalm = true;
    },
  };
}

function drawFault(draw: Draw): Omit<Planned, 'at'> {
  // After a call an error, a cut or a silence means that it was made and that nobody knows.
  const side = draw.one<Side>(['before', 'after']);
  const fault = draw.one<Fault>([
    { kind: 'error', status: 500, code: 'InternalServerError', message: 'injected' },
    { kind: 'throttle' },
    { kind: 'delay', ms: draw.whole(50, 1_800) },
    { kind: 'hang' },
    { kind: 'cut' },
    { kind: 'kill' },
    { kind: 'kill' },
  ]);
  return { of: draw.one(FUNCTIONS), skip: draw.whole(0, 9), side, fault };
}

/** A number that follows from a text. */
function hash(text: string): number {
  let sum = 7;
  for (const character of text) sum = (Math.imul(sum, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  return sum;
}

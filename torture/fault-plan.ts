import { createDraw, type Draw } from '../client/traffic/draw.ts';
import type { Call } from '../local/proxy/call.ts';
import type { Fault, FaultPlan } from '../local/proxy/faults.ts';
import { functionOf, type KillPoints, pointOf } from './points.ts';

/** A fault that was injected. */
interface Injected {
  point: string;
  side: Side;
  kind: Fault['kind'];
  worker: string;
}

export interface TorturePlan extends FaultPlan {
  injected(): readonly Injected[];
  points(): KillPoints;
  /** From now on the faults that are due up to this share of the notifications happen, 0 to 1. */
  reached(share: number): void;
  /** How many of the drawn faults have not met a call yet. */
  left(): number;
  /** How many publishes SNS refused. */
  refused(): number;
  /** From now on no fault happens. */
  calm(): void;
}

export interface FaultOptions {
  seed: number;
  /** How many faults are drawn. Deaths at points that none of these hit come on top. */
  faults: number;
  /**
   * Points at which a function has to die, in addition to every point that a function reaches. Undefined: at none.
   */
  everyPoint: readonly string[] | undefined;
}

type Side = 'before' | 'after';

/**
 * A fault that waits for its call: from when `at` of the notifications are through, the one after `skip` other calls of
 * this function.
 */
interface Planned {
  at: number;
  of: string;
  skip: number;
  side: Side;
  fault: Fault;
}

/**
 * The functions whose calls ten faults meet: roughly in proportion to the calls that they make, but at least one each.
 */
const FUNCTIONS = [
  ...['Ingest', 'Ingest', 'Ingest', 'Ingest', 'Projection', 'Projection', 'Projection'],
  ...['Publisher', 'Watch', 'ArchiveFunction'],
] as const;

/** After waiting for this share of the notifications, a fault meets the next call of any function. */
const PATIENCE = 0.05;

/** By this share a function has died at each point that is reached often. */
const DEATHS_UNTIL = 0.8;

/**
 * A point that was reached at most this often may never be reached again, so a function dies there sooner, but not at
 * many such points in a row.
 */
const RARE = 10;
const BETWEEN_DEATHS = 0.01;

/** How many publishes SNS refuses in a row, once. */
const REFUSALS = 8;

/**
 * As for a topic whose policy does not allow the publish: a client calls once, where it would retry a 500 until it
 * succeeds.
 */
const REFUSED: Fault = { kind: 'error', status: 403, code: 'AuthorizationError', message: 'injected' };

/**
 * Spreads faults evenly over the notifications: a burst would stop the traffic and be over before anything is stored.
 * The seed determines when a fault is due, whose call it meets, which of its calls, and with what; also when a function
 * dies at a point.
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

  // Also the points that no function ever reaches.
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
  // After a call, an error, a cut or a silence means that the call was made and nobody knows it.
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

/** A number derived from a text. */
function hash(text: string): number {
  let sum = 7;
  for (const character of text) sum = (Math.imul(sum, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  return sum;
}

import { createDraw } from '../client/traffic/draw.ts';
import type { Call } from '../local/proxy/call.ts';
import type { Fault, FaultPlan } from '../local/proxy/faults.ts';
import { type KillPoints, pointOf } from './points.ts';

/** A fault that was injected. */
export interface Injected {
  point: string;
  side: 'before' | 'after';
  kind: Fault['kind'];
  worker: string;
}

export interface TorturePlan extends FaultPlan {
  injected(): readonly Injected[];
  points(): KillPoints;
  /** From now on nothing goes wrong. */
  calm(): void;
}

export interface FaultOptions {
  seed: number;
  /** How many are drawn. Deaths at points that none of these hit come on top. */
  faults: number;
  /** How many calls they are spread over. */
  calls: number;
  /** Whether a function dies at each point besides. */
  everyPoint: boolean;
}

/** A death before each point and one after it come within its first calls. */
const FIRST_CALLS = 4;

/** How many messages SNS refuses in a row, once. */
const REFUSALS = 8;

type Side = Injected['side'];

/**
 * Spreads faults over the calls of functions, before and after them. Which call meets which fault follows from the seed and the call's
 * number; that a function dies at each point, from the seed and how often it came there.
 */
export function createFaultPlan({ seed, faults, calls, everyPoint }: FaultOptions): TorturePlan {
  const draw = createDraw(seed);
  const due = new Map<number, { side: Side; fault: Fault }>();
  for (let each = 0; each < faults; each++) {
    const from = Math.floor((each * calls) / faults);
    due.set(draw.whole(from, from + Math.floor(calls / faults) - 1) + 1, drawFault(draw));
  }
  const refusedFrom = draw.whole(3, 20);
  const injected: Injected[] = [];
  const points = new Map<
    string,
    { calls: number; before: number; after: number; dies: { before: number; after: number } }
  >();
  const seen = new Map<number, number>();
  let isCalm = false;
  let publishes = 0;

  function stateOf(point: string) {
    const known = points.get(point);
    if (known) return known;
    const own = createDraw(seed + hash(point));
    const before = own.whole(1, FIRST_CALLS);
    const made = { calls: 0, before: 0, after: 0, dies: { before, after: before + own.whole(1, FIRST_CALLS) } };
    points.set(point, made);
    return made;
  }

  function choose(call: Call, side: Side): Fault | undefined {
    const point = pointOf(call);
    const state = stateOf(point);
    if (side === 'before') seen.set(call.n, ++state.calls);
    const occurrence = seen.get(call.n) ?? 0;
    if (side === 'after') seen.delete(call.n);
    if (isCalm) return undefined;
    if (everyPoint && state[side] === 0 && occurrence >= state.dies[side]) return { kind: 'kill' };
    if (call.action === 'sns:Publish' && side === 'before') {
      publishes++;
      if (publishes >= refusedFrom && publishes < refusedFrom + REFUSALS)
        return { kind: 'error', status: 500, code: 'InternalFailure', message: 'injected' };
    }
    const planned = due.get(call.n);
    return planned?.side === side ? planned.fault : undefined;
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
    injected: () => injected,
    points: () => new Map([...points].sort(([a], [b]) => (a < b ? -1 : 1))),
    calm() {
      isCalm = true;
    },
  };
}

function drawFault(draw: ReturnType<typeof createDraw>): { side: Side; fault: Fault } {
  const side = draw.one<Side>(['before', 'after']);
  // After a call an error, a cut or a silence means that it was made and that nobody knows.
  const fault = draw.one<Fault>([
    { kind: 'error', status: 500, code: 'InternalServerError', message: 'injected' },
    { kind: 'throttle' },
    { kind: 'delay', ms: draw.whole(50, 1_800) },
    { kind: 'hang' },
    { kind: 'cut' },
    { kind: 'kill' },
    { kind: 'kill' },
  ]);
  return { side, fault };
}

/** A number that follows from a text. */
function hash(text: string): number {
  let sum = 7;
  for (const character of text) sum = (Math.imul(sum, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  return sum;
}

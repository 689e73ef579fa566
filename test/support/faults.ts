import type { Call } from '../../local/proxy/call.ts';
import type { Fault, FaultPlan } from '../../local/proxy/faults.ts';

/** A fault plan that a test can change while a run is up. */
export interface Mischief {
  /** Pass this to the run as `faults`. */
  plan(): FaultPlan;
  /** From now on, injects this before or after the n-th call (from 1) of those that count and that `which` chooses. */
  at(n: number, side: 'before' | 'after', fault: Fault, which?: (call: Call) => boolean): void;
  /** From now on, injects this before each of the next `times` calls that `which` chooses. */
  next(times: number, which: (call: Call) => boolean, fault: Fault): void;
  /** The calls that met a fault since the last `at` or `next`. */
  hit(): readonly Call[];
}

/** `counts` chooses the calls that `at` counts; these must come in the same order each time. */
export function mischief(counts: (call: Call) => boolean = () => true): Mischief {
  let hit: Call[] = [];
  let before: (call: Call) => Fault | undefined = () => undefined;
  let after: (call: Call) => Fault | undefined = () => undefined;
  const noted = (call: Call, fault: Fault): Fault => {
    hit.push(call);
    return fault;
  };
  return {
    plan: () => ({ before: (call) => before(call), after: (call) => after(call) }),
    at(n, side, fault, which = () => true) {
      hit = [];
      let seen = 0;
      let chosen: number | undefined;
      before = (call) => {
        if (counts(call) && which(call) && ++seen === n) chosen = call.n;
        return side === 'before' && chosen === call.n ? noted(call, fault) : undefined;
      };
      after = (call) => (side === 'after' && chosen === call.n ? noted(call, fault) : undefined);
    },
    next(times, which, fault) {
      hit = [];
      before = (call) => (hit.length < times && which(call) ? noted(call, fault) : undefined);
      after = () => undefined;
    },
    hit: () => hit,
  };
}

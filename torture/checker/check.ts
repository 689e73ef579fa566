import { everyFailureIsReported, oneFactOneEffect } from './effects.ts';
import type { Evidence, Verdict } from './evidence.ts';
import { recordsFollowFromFacts } from './folds.ts';
import { acknowledgedIsStored, nobodyWritesForAnother, oneBadEntryCostsNoOther } from './stored.ts';
import { noTokenAnywhere, nothingButNbwss } from './wire.ts';

/** Proves or refutes each property of docs/reliability.md from what a run left behind. */
export function check(evidence: Evidence): Verdict[] {
  return [
    acknowledgedIsStored,
    oneFactOneEffect,
    recordsFollowFromFacts,
    everyFailureIsReported,
    nothingButNbwss,
    nobodyWritesForAnother,
    oneBadEntryCostsNoOther,
    noTokenAnywhere,
  ].map((prove) => prove(evidence));
}

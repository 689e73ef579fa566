/**
 * The state of something. `unknown`: it could not be seen, because the user may not see it or it does not exist here.
 */
export type State = 'ok' | 'warning' | 'failed' | 'unknown';

/** What a check saw, and what to do about it. */
export interface Verdict {
  state: State;
  what: string;
  next?: string;
}

/** A line of the output of `nbwatch doctor`. */
export interface Finding extends Verdict {
  check: string;
}

export const needsAttention = ({ state }: Verdict): boolean => state === 'warning' || state === 'failed';

export const NOT_HERE: Verdict = { state: 'unknown', what: 'does not apply to a one-machine run' };

/** Everything that is wrong, or one line that says that nothing is. */
export function orOk(wrong: readonly Verdict[], what: string): readonly Verdict[] {
  return wrong.length > 0 ? wrong : [{ state: 'ok', what }];
}

/** How something is. `unknown`: it could not be seen, because whoever asks may not, or there is nothing of it here. */
export type State = 'ok' | 'warning' | 'failed' | 'unknown';

/** What was seen of something, and what to do about it. */
export interface Verdict {
  state: State;
  what: string;
  next?: string;
}

/** A line of what `nbwatch doctor` says. */
export interface Finding extends Verdict {
  check: string;
}

export const needsAttention = ({ state }: Verdict): boolean => state === 'warning' || state === 'failed';

export const NOT_HERE: Verdict = { state: 'unknown', what: 'not on one machine' };

/** All that is wrong, or the one line that says that nothing is. */
export function orOk(wrong: readonly Verdict[], what: string): readonly Verdict[] {
  return wrong.length > 0 ? wrong : [{ state: 'ok', what }];
}

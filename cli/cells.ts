import { isPartial, statusJudgement } from '../functions/alerts/status-judgement.ts';
import type { Cell, Colour } from './table.ts';

/**
 * The status of a job that is done: red for a failure, yellow for a partial success or a job that a person cancelled.
 */
export function showStatus(status: number): Cell {
  return { text: status, colour: colourOf(status) };
}

export function colourOf(status: number): Colour | undefined {
  if (status === 0) return undefined;
  return isPartial(status) || statusJudgement(status)?.class === 'cancelled' ? 'yellow' : 'red';
}

/** Colours of a message's severity. */
export const SEVERITY_COLOURS: Partial<Record<string, Colour>> = { critical: 'red', error: 'red', warning: 'yellow' };

import { isPartial, statusJudgement } from '../functions/alerts/status-judgement.ts';
import type { Cell, Colour } from './table.ts';

/** The status of a job that is done: what failed is red, what is usable or was stopped by a person yellow. */
export function showStatus(status: number): Cell {
  return { text: status, colour: colourOf(status) };
}

export function colourOf(status: number): Colour | undefined {
  if (status === 0) return undefined;
  return isPartial(status) || statusJudgement(status)?.class === 'cancelled' ? 'yellow' : 'red';
}

/** How bad a message is. */
export const SEVERITY_COLOURS: Partial<Record<string, Colour>> = { critical: 'red', error: 'red', warning: 'yellow' };

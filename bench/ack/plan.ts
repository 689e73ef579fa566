import type { Pace } from '../part.ts';
import type { AckPlan, Cell } from './measure.ts';

/**
 * More entries at once are not acknowledged within the gateway's 29 s, because one process on one machine holds all
 * tables.
 */
const MOST_AT_ONCE = 7_200;

/**
 * A function asks the Registry for each connection that it meets for the first time, and there are up to as many
 * functions as connections. In shorter turns than this, at 32 connections nearly every message met a function that did
 * not know its connection.
 */
const ENTRIES_OF_EACH = 40;

const grid = (connections: readonly number[], entries: readonly number[]): Cell[] =>
  entries
    .flatMap((each) => connections.map((count) => ({ connections: count, entries: each })))
    .filter((cell) => cell.connections * cell.entries <= MOST_AT_ONCE);

/** The plans of what is measured: against floor and peer, and with the streams read. */
export function plans({ rounds, minutes, quick }: Pace): { ack: AckPlan; mapped: AckPlan } {
  const turns = quick
    ? { rounds, entriesInTurn: 5, messagesInTurn: 5, entriesOfEach: 1 }
    : { rounds, entriesInTurn: 400, messagesInTurn: 160, entriesOfEach: ENTRIES_OF_EACH };
  if (quick) {
    const plan = { ...turns, cells: grid([1], [1]), seconds: 10 };
    return { ack: plan, mapped: plan };
  }
  return {
    ack: { ...turns, cells: grid([1, 8, 32], [1, 10, 100, 900]), seconds: minutes * 48 },
    mapped: { ...turns, cells: grid([1, 8, 32], [1, 10]), seconds: minutes * 12 },
  };
}

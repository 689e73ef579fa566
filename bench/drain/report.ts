import { ratios } from '../judgement.ts';
import { LEAST_FOR_P99, median, spreadOf } from '../percentiles.ts';
import { number, spread, table } from '../table.ts';
import { FAILS_EACH } from './facts.ts';
import type { Delay, DrainFigures } from './measure.ts';

export function report(figures: DrainFigures): string[] {
  return [backlogTable(figures), loadTable(figures), callsTable(figures)];
}

const between = (ours: readonly number[], theirs: readonly number[]) =>
  spread({ ratio: spreadOf(ratios(ours, theirs)), met: true });

function backlogTable({ backlog }: DrainFigures): string {
  const { facts, messages, stored, drained, published } = backlog;
  const head = ['facts', 'messages', 'facts/s stored', 'facts/s drained', 'messages/s', 'drained/stored'];
  const rates = [stored, drained, published].map((rounds) => number(median(rounds)));
  return table(head, [[String(facts), String(messages), ...rates, between(drained, stored)]]);
}

function loadTable({ loads }: DrainFigures): string {
  const [lightest] = loads;
  const rows = loads.map(({ share, perSecond, visible, published }) => [
    ...[share.toFixed(2), number(median(perSecond))],
    ...[visible, published].flatMap((delays) => [middle(delays, 'p50'), middle(delays, 'p99')]),
    lightest ? between(p50(visible), p50(lightest.visible)) : '',
  ]);
  const delays = ['fact to record, p50, ms', 'p99, ms', 'fact to message, p50, ms', `${highOfMessages(loads)}, ms`];
  return table(['of the drained rate', 'facts/s', ...delays, 'fact to record, p50, to the first'], rows);
}

/** Only one in so many facts makes a message, so there are few messages. */
export const highOfMessages = (loads: DrainFigures['loads']) =>
  loads.every(({ facts }) => Math.min(...facts) / FAILS_EACH >= LEAST_FOR_P99) ? 'p99' : 'slowest';

const p50 = (delays: readonly Delay[]) => delays.map((delay) => delay.p50);
const middle = (delays: readonly Delay[], what: keyof Delay) => number(median(delays.map((delay) => delay[what])));

function callsTable({ calls }: DrainFigures): string {
  const counts: Record<string, number> = { Projection: calls.facts, Publisher: calls.messages };
  const rows = Object.entries(calls.of).flatMap(([who, actions]) =>
    Object.entries(actions)
      .sort(([, a], [, b]) => b - a)
      .map(([action, made]) => [who, action, (made / (counts[who] ?? 1)).toFixed(2)]),
  );
  return table(['function', 'call', 'for each fact or message'], rows);
}

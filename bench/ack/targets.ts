import { againstFloor, againstPeer, type Judgement, type Target } from '../judgement.ts';
import { LEAST_FOR_P99, median } from '../percentiles.ts';
import type { AckFigures, CellFigures, Turn } from './measure.ts';
import type { Variant } from './stacks.ts';

/** One figure of one cell: the median of its rounds, and how it compares with floor and peer. */
export interface Row {
  connections: number;
  entries: number;
  figure: Figure;
  rounds: number;
  values: Record<Variant, number>;
  floor: Judgement;
  peer: Judgement;
}

type Figure = 'p50' | 'p99' | 'slowest' | 'perSecond';

/** How many messages the shortest of these turns has. */
export const leastMessages = (turns: readonly Turn[]) => Math.min(...turns.map(({ messages }) => messages));

const TARGETS: Readonly<Record<Figure, { floor: Target; better: 'lower' | 'higher' }>> = {
  p50: { floor: { atMost: 1.2 }, better: 'lower' },
  p99: { floor: { atMost: 1.5 }, better: 'lower' },
  slowest: { floor: { atMost: 1.5 }, better: 'lower' },
  perSecond: { floor: { atLeast: 0.85 }, better: 'higher' },
};

export function ackRows({ cells }: AckFigures): Row[] {
  return cells.filter(({ failed }) => failed === undefined).flatMap(rowsOf);
}

function rowsOf({ connections, entries, turns }: CellFigures<Variant>): Row[] {
  const of = (variant: Variant, figure: keyof Turn) => turns[variant].map((turn: Turn) => turn[figure]);
  const high = leastMessages(Object.values(turns).flat()) < LEAST_FOR_P99 ? 'slowest' : 'p99';
  return (['p50', high, 'perSecond'] as const).map((figure) => {
    const measured = figure === 'slowest' ? 'p99' : figure;
    const [ours, floor, peer] = [of('ours', measured), of('floor', measured), of('peer', measured)];
    const { floor: target, better } = TARGETS[figure];
    return {
      ...{ connections, entries, figure, rounds: ours.length },
      values: { ours: median(ours), floor: median(floor), peer: median(peer) },
      floor: againstFloor(ours, floor, target),
      peer: againstPeer(ours, peer, better),
    };
  });
}

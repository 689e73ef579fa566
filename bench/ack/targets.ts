import { againstFloor, againstPeer, type Judgement, type Target } from '../judgement.ts';
import { median } from '../percentiles.ts';
import type { AckFigures, CellFigures, Turn } from './measure.ts';
import type { Variant } from './stacks.ts';

/** One figure of one cell: the median of its rounds, and what it is beside floor and peer. */
export interface Row {
  connections: number;
  entries: number;
  figure: Figure;
  rounds: number;
  values: Record<Variant, number>;
  floor: Judgement;
  peer: Judgement;
}

type Figure = 'p50' | 'p99' | 'perSecond';

const TARGETS: Readonly<Record<Figure, { floor: Target; better: 'lower' | 'higher' }>> = {
  p50: { floor: { atMost: 1.2 }, better: 'lower' },
  p99: { floor: { atMost: 1.5 }, better: 'lower' },
  perSecond: { floor: { atLeast: 0.85 }, better: 'higher' },
};

export function ackRows({ cells }: AckFigures): Row[] {
  return cells.filter(({ failed }) => failed === undefined).flatMap(rowsOf);
}

function rowsOf({ connections, entries, turns }: CellFigures<Variant>): Row[] {
  const of = (variant: Variant, figure: Figure) => turns[variant].map((turn: Turn) => turn[figure]);
  return (['p50', 'p99', 'perSecond'] as const).map((figure) => {
    const [ours, floor, peer] = [of('ours', figure), of('floor', figure), of('peer', figure)];
    const { floor: target, better } = TARGETS[figure];
    return {
      ...{ connections, entries, figure, rounds: ours.length },
      values: { ours: median(ours), floor: median(floor), peer: median(peer) },
      floor: againstFloor(ours, floor, target),
      peer: againstPeer(ours, peer, better),
    };
  });
}

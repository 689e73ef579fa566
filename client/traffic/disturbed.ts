import type { Delivery, Traffic, TrafficOptions } from './delivery.ts';
import { createDraw } from './draw.ts';
import { night } from './night.ts';

/** How late a copy comes at most, ms by the primary server's clock. */
const LATE_MS = 20 * 60_000;

/**
 * A night in which every message is sent two to four times, late and in another order, under the same id or a new one.
 */
export function resends(options: TrafficOptions): Traffic {
  const { deliveries, ms } = night(options);
  const draw = createDraw(options.seed + 1);
  const ids = createDraw(options.seed + options.firstJob + 1);
  const sent = deliveries.flatMap((delivery) => {
    const again = Array.from({ length: draw.whole(1, 3) }, () =>
      // Whether a resend keeps its id and its time is not documented.
      draw.chance(0.5) ? delivery : { ...delivery, id: ids.id(), timeStamp: delivery.timeStamp + draw.whole(5, 60) },
    );
    return [delivery, ...again].map((copy) => ({ ...copy, at: copy.at + draw.whole(0, LATE_MS) }));
  });
  return { deliveries: sent.sort((a, b) => a.at - b.at), ms: ms + LATE_MS };
}

/** After how many messages the connection is cut again. */
const CUT_EVERY = 15;
const CUTS = ['before', 'within', 'after'] as const;

/**
 * A night in which the connection is cut again and again: between messages, in the middle of one, or before one is
 * acknowledged.
 */
export function reconnects(options: TrafficOptions): Traffic {
  const { deliveries, ms } = night(options);
  const draw = createDraw(options.seed + 1);
  const withCut = (delivery: Delivery, index: number): Delivery =>
    index % CUT_EVERY === CUT_EVERY - 1 ? { ...delivery, cut: draw.one(CUTS) } : delivery;
  return { deliveries: deliveries.map(withCut), ms };
}

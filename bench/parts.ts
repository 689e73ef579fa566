import { ack } from './ack/part.ts';
import { cold } from './cold/part.ts';
import { cost } from './cost/part.ts';
import { drain } from './drain/part.ts';
import type { Ground, Part } from './part.ts';
import { query } from './query/part.ts';

/** A part whose type of figures is not known. */
export interface AnyPart extends Omit<Part<unknown>, 'measure' | 'report' | 'plots'> {
  measure(ground: Ground): Promise<Measured>;
  /** Reads figures of unknown type, as `--json` wrote them. */
  read(figures: unknown): Measured;
}

export interface Measured {
  figures: unknown;
  report: string[];
  plots: Record<string, string>;
}

/** All parts, in the order in which they are measured and reported. */
export const PARTS: readonly AnyPart[] = [of(cold), of(ack), of(query), of(drain), of(cost)];

function of<Figures>({ measure, report, plots, ...part }: Part<Figures>): AnyPart {
  const measured = (figures: Figures) => ({ figures, report: report(figures), plots: plots?.(figures) ?? {} });
  return {
    ...part,
    measure: async (ground) => measured(await measure(ground)),
    read: (figures) => measured(figures as Figures),
  };
}

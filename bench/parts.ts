import { ack } from './ack/part.ts';
import { cold } from './cold/part.ts';
import type { Ground, Part } from './part.ts';
import { query } from './query/part.ts';

/** A part among others, whatever its figures are. */
export interface AnyPart extends Omit<Part<unknown>, 'measure' | 'report'> {
  measure(ground: Ground): Promise<Measured>;
}

export interface Measured {
  figures: unknown;
  report: string[];
}

/** All parts, in the order in which they are measured and reported. */
export const PARTS: readonly AnyPart[] = [of(cold), of(ack), of(query)];

function of<Figures>({ measure, report, ...part }: Part<Figures>): AnyPart {
  return {
    ...part,
    async measure(ground) {
      const figures = await measure(ground);
      return { figures, report: report(figures) };
    },
  };
}

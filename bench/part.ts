import type { DynamoDbLocal } from '../local/dynamodb/dynamodb-local.ts';
import type { Assembly } from '../local/stack/synthesize.ts';

/** How long a run may take. */
export interface Pace {
  /** How often each thing is measured, at most. */
  rounds: number;
  /** After how many minutes nothing more is begun, where a part goes by time. */
  minutes: number;
  /** How many records the largest table of questions has, a multiple of 100,000. */
  records: number;
  /** Seconds instead of minutes: whether it runs, not how fast it is. */
  quick: boolean;
}

/** What all parts of a run have in common. */
export interface Ground {
  /** The synthesized stack. */
  assembly: Assembly;
  /** Where bundles are put. Removed with the run. */
  folder: string;
  pace: Pace;
  /** DynamoDB Local, with its data in memory: the same for all parts, started when it is first needed. */
  dynamodb(): Promise<Pick<DynamoDbLocal, 'url'>>;
  progress(line: string): void;
  /** Told what a function or the gateway should not have done: a figure with trouble in it is none. */
  onTrouble(trouble: string): void;
}

/** Something to measure by itself: `npm run bench -- name`. */
export interface Part<Figures> {
  name: string;
  /** A line of the help. */
  about: string;
  /** Every figure, as `--json` writes it. What it starts, it ends. */
  measure(ground: Ground): Promise<Figures>;
  /** The figures as paragraphs and tables of Markdown, which a terminal shows as well and docs/performance.md takes as they are. */
  report(figures: Figures): string[];
  /** SVG files by their names without the ending, for docs/performance. */
  plots?(figures: Figures): Record<string, string>;
}

import type { DynamoDbLocal } from '../local/dynamodb/dynamodb-local.ts';
import type { Assembly } from '../local/stack/synthesize.ts';

/** How long a run may take. */
export interface Pace {
  /** How often each thing is measured, at most. */
  rounds: number;
  /** After how many minutes nothing more is started, in a part that is limited by time. */
  minutes: number;
  /** How many records the largest table of questions has, a multiple of 100,000. */
  records: number;
  /** Seconds instead of minutes: shows whether it runs, not how fast it is. */
  quick: boolean;
}

/** What all parts of a run have in common. */
export interface Ground {
  /** The synthesized stack. */
  assembly: Assembly;
  /** Where bundles are put. Removed with the run. */
  folder: string;
  pace: Pace;
  /** DynamoDB Local, with its data in memory: shared by all parts, started when it is first needed. */
  dynamodb(): Promise<Pick<DynamoDbLocal, 'url'>>;
  progress(line: string): void;
  /**
   * Called with anything that a function or the gateway should not have done: figures with trouble in them do not
   * count.
   */
  onTrouble(trouble: string): void;
}

/** Something that can be measured on its own: `npm run bench -- name`. */
export interface Part<Figures> {
  name: string;
  /** A line of the help. */
  about: string;
  /** Every figure, as `--json` writes it. Ends everything that it starts. */
  measure(ground: Ground): Promise<Figures>;
  /** The figures as paragraphs and tables of Markdown, for a terminal and, unchanged, for docs/performance.md. */
  report(figures: Figures): string[];
  /** SVG files by their names without the extension, for docs/performance. */
  plots?(figures: Figures): Record<string, string>;
}

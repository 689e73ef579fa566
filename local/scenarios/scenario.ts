import type { World } from './world.ts';

/** Something that could happen, and what people should be told of it. */
export interface Scenario {
  name: string;
  /** What happens, in one line. */
  title: string;
  /** The kinds of the messages that it should bring, in order. None: it must not cry wolf. */
  tells: readonly string[];
  /** Plays it. `say` tells whoever watches what happens next. */
  play(world: World, say: (what: string) => void): Promise<void>;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A Monday, at midnight UTC. */
export const BEGIN = Date.parse('2026-01-05T00:00Z');

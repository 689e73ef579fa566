import type { World } from './world.ts';

/** Something that could happen, and the alerts that it should bring. */
export interface Scenario {
  name: string;
  /** What happens, in one line. */
  title: string;
  /** The kinds of the messages to the alerts topic, in order. Empty: it must not bring a false alarm. */
  tells: readonly string[];
  /** Plays the scenario. `say` announces what happens next. */
  play(world: World, say: (what: string) => void): Promise<void>;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A Monday, at midnight UTC. */
export const BEGIN = Date.parse('2026-01-05T00:00Z');

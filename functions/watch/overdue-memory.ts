import type { FoundHabit } from '../questions/habit.ts';

/** What the watch for overdue backups remembers in its process, by primary. All of it can be found out again. */
export interface OverdueMemory {
  /** When it was last looked at, epoch ms. */
  lookedAt: Map<string, number>;
  /** The habits of its series, by partition, as they were at their last usable run. */
  habits: Map<string, Map<string, KnownHabit>>;
  /** The notices that are known to be written. */
  told: Map<string, ReadonlySet<string>>;
}

export type KnownHabit = FoundHabit & { lastUsableAt: number };

export const newOverdueMemory = (): OverdueMemory => ({ lookedAt: new Map(), habits: new Map(), told: new Map() });

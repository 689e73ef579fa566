import type { FoundHabit } from '../questions/habit.ts';

/** What the watch for overdue backups remembers in its process, by primary. All of it can be read again. */
export interface OverdueMemory {
  /** When the primary was last looked at, epoch ms. */
  lookedAt: Map<string, number>;
  /** The habits of its series as of their last usable run, by partition. */
  habits: Map<string, Map<string, KnownHabit>>;
  /** The notices that are known to be written. */
  told: Map<string, ReadonlySet<string>>;
}

export type KnownHabit = FoundHabit & { lastUsableAt: number };

export const newOverdueMemory = (): OverdueMemory => ({ lookedAt: new Map(), habits: new Map(), told: new Map() });

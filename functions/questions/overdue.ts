import type { OverdueState } from '../registry/overdue.ts';
import { createOverdues } from '../registry/overdues.ts';
import type { Tables } from './query.ts';

/**
 * The backups of a primary that are overdue, as `watch` last saw them: an alert was written, and they have not run
 * since.
 */
export async function* overdueBackups(tables: Tables, primary: string): AsyncGenerator<OverdueState> {
  for await (const state of createOverdues(tables.client, tables.registry, tables.onUnreadable).list(primary))
    if (state.resumedAt === undefined) yield state;
}

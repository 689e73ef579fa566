import { type Index, LEDGER_INDEXES, RECORDS_INDEXES, REGISTRY_INDEXES } from './indexes.ts';

/** What a table must have besides its keys, which are the same for all tables (`tables.ts`). */
export interface Shape {
  indexes: readonly Index[];
  /** What a record of its stream must hold at least; undefined for a table whose stream nobody reads. */
  stream: 'NEW_AND_OLD_IMAGES' | 'KEYS_ONLY' | undefined;
}

/*
 * The shapes of the three tables, shared by the code that makes them, that adopts existing ones, and that inspects one.
 */
export const SHAPES = {
  // Old images too, because a change or removal in the ledger must show what was there.
  ledger: { indexes: Object.values(LEDGER_INDEXES), stream: 'NEW_AND_OLD_IMAGES' },
  // The publisher reads each intent consistently from the table, so the stream need only say where it is.
  records: { indexes: Object.values(RECORDS_INDEXES), stream: 'KEYS_ONLY' },
  registry: { indexes: Object.values(REGISTRY_INDEXES), stream: undefined },
} as const satisfies Record<string, Shape>;

/** Indexes hold whole items, so that one Query answers a question. Only `pending`, for the publisher, holds keys. */
export function projectionOf({ name }: Index): 'KEYS_ONLY' | 'ALL' {
  return name === RECORDS_INDEXES.pending.name ? 'KEYS_ONLY' : 'ALL';
}

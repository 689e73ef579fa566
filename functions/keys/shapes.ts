import { type Index, LEDGER_INDEXES, RECORDS_INDEXES, REGISTRY_INDEXES } from './indexes.ts';

/** What a table has to be besides its keys, which are the same for all (`tables.ts`). */
export interface Shape {
  indexes: readonly Index[];
  /** What a record of its stream has to hold at least; undefined for a table whose stream nobody reads. */
  stream: 'NEW_AND_OLD_IMAGES' | 'KEYS_ONLY' | undefined;
}

/*
 * The three tables, so that what makes them, what adopts one that is there already and what looks at one all mean the same.
 */
export const SHAPES = {
  // Old images too: a change or removal in the ledger has to show what was there.
  ledger: { indexes: Object.values(LEDGER_INDEXES), stream: 'NEW_AND_OLD_IMAGES' },
  // The publisher reads intents consistently where they are; its stream only has to say where.
  records: { indexes: Object.values(RECORDS_INDEXES), stream: 'KEYS_ONLY' },
  registry: { indexes: Object.values(REGISTRY_INDEXES), stream: undefined },
} as const satisfies Record<string, Shape>;

/** Indexes hold whole items, so that a question is answered by one Query. Only the publisher asks for mere keys. */
export function projectionOf({ name }: Index): 'KEYS_ONLY' | 'ALL' {
  return name === RECORDS_INDEXES.pending.name ? 'KEYS_ONLY' : 'ALL';
}

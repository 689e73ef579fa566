import type { Charge, Place } from './charges.ts';

export type TableName = 'Ledger' | 'Records' | 'Registry';

/** The tables by the names that they have in the run. */
type TableNames = ReadonlyMap<string, TableName>;

/** The function that a worker runs, by its logical id: `Projection0A1B2C3D-7` is of `projection`. */
export function functionOf(id: string): string {
  const [, name = ''] = /^([A-Za-z]+?)(Function)?(?:[0-9A-F]{8})?(?:-\d+)?$/.exec(id) ?? [];
  return name.toLowerCase();
}

/**
 * The part of the product that a charge is for. A write into an index is that index's, whoever made it; a write into a table is of what
 * is kept there; a read is of who reads.
 */
export function partOf({ table, index, unit }: Charge, place: Place | undefined, worker: string, names: TableNames) {
  const by = functionOf(worker);
  const of = place ? kindOf(place) : 'others';
  const name = names.get(table) ?? table;
  if (unit === 'read') {
    if (by !== 'projection') return by;
    return name === 'Ledger' ? 'records' : of === 'intent' ? 'intents' : 'series';
  }
  if (index !== undefined) return `index ${name}.${index}, ${of}`;
  if (name === 'Ledger') return 'ledger';
  if (name === 'Registry' || by !== 'projection') return by;
  return of === 'series' ? 'series' : of === 'job' || of === 'image' ? 'records' : 'intents';
}

/** What is kept at a place, as an index may hold several kinds. */
export function kindOf({ pk, sk }: Place): string {
  if (sk.startsWith('intent#')) return 'intent';
  return pk.split('#', 1)[0] ?? '';
}

import type { Charge, Place } from './charges.ts';

export type TableName = 'Ledger' | 'Records' | 'Registry';

/** The tables by their names in the run. */
type TableNames = ReadonlyMap<string, TableName>;

/** The function that a worker runs, by its logical id: `Projection0A1B2C3D-7` runs `projection`. */
export function functionOf(id: string): string {
  const [, name = ''] = /^([A-Za-z]+?)(Function)?(?:[0-9A-F]{8})?(?:-\d+)?$/.exec(id) ?? [];
  return name.toLowerCase();
}

/**
 * The part of the product that a charge is for. A write to an index counts for that index, whoever made it. A write to
 * a table counts for what is kept there. A read counts for who reads.
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

/** The kind of what is kept at a place, because an index may hold several kinds. */
export function kindOf({ pk, sk }: Place): string {
  if (sk.startsWith('intent#')) return 'intent';
  return pk.split('#', 1)[0] ?? '';
}

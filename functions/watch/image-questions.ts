import type { ImageFact } from '../ledger/fact.ts';
import { type Image, imageEventsByDay, imagesOfClient } from '../questions/images.ts';
import type { Tables } from '../questions/query.ts';
import type { Range } from '../questions/range.ts';
import { log } from '../runtime/log.ts';

/** The queries that find images that vanish. */
export interface ImageQuestions {
  /** What happened to images of a primary, oldest first. */
  events(primary: string, range: Range, now: number): AsyncIterable<ImageFact>;
  /** The images of a client, those with the newest fact first, in pages of `PAGE`. */
  ofClient(primary: string, clientName: string, now: number): AsyncIterable<Image>;
  /** The same, but only those that can be restored and whose newest fact is in a range. */
  restorable(primary: string, clientName: string, range: Range, now: number): AsyncIterable<Image>;
}

/** How many images of a client are read at a time. */
export const PAGE = 200;

/** Unreadable items are logged and do not count: one bad item must not cost the others their alarm. */
export function createImageQuestions(places: Omit<Tables, 'onUnreadable'>): ImageQuestions {
  const tables: Tables = {
    ...places,
    onUnreadable: (item) =>
      log.warn('Cannot read an item: it is left out of the check for vanished images', { ...item }),
  };
  return {
    events: (primary, range, now) => imageEventsByDay(tables, primary, range, now, true),
    ofClient: (primary, clientName, now) =>
      imagesOfClient(tables, primary, clientName, { from: 0, to: now }, now, { pageSize: PAGE }),
    restorable: (primary, clientName, range, now) =>
      imagesOfClient(tables, primary, clientName, range, now, {
        only: { attribute: 'condition', value: 'RESTORABLE' },
      }),
  };
}

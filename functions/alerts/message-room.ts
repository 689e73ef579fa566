import type { ItemKey } from '../keys/tables.ts';
import { machineText } from './machine-form.ts';

/*
 * How much fits into one message. SNS takes 262,144 bytes of all forms and attributes together, in which the machine
 * form is JSON inside JSON. The chat's copy has all forms, the copy for alerts one less. The message is written down
 * before it is published, as JSON text in an item of at most 409,600 bytes: there the machine form is JSON inside JSON
 * inside JSON, beside the email's text and the keys of its intents. The jobs that a message names are measured.
 * Everything else in it is bounded: lists end after so many lines and clip names. What remains of both limits is for
 * the jobs.
 */
const ROOM = { message: 200_000, item: 290_000 };

/** What an intent's place takes in its message's item beside its key, bytes. */
const PLACE_BYTES = 20;

/** A job or series as a message names it. */
export interface Member {
  place: ItemKey;
  form: object;
}

interface Size {
  message: number;
  item: number;
}

function sizeOf({ place, form }: Member): Size {
  const twice = JSON.stringify(machineText(form));
  const bytes = (text: string) => Buffer.byteLength(text, 'utf8');
  return {
    message: bytes(twice),
    item: bytes(JSON.stringify(twice)) + bytes(place.pk) + bytes(place.sk) + PLACE_BYTES,
  };
}

/** How many of these, from the first on, fit into one message; the first always does. */
export function countThatFit(members: readonly Member[]): number {
  const used: Size = { message: 0, item: 0 };
  const tooMany = members.findIndex((member, index) => {
    const size = sizeOf(member);
    used.message += size.message;
    used.item += size.item;
    return index > 0 && (used.message > ROOM.message || used.item > ROOM.item);
  });
  return tooMany === -1 ? members.length : tooMany;
}

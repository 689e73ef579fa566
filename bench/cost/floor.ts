import type { Delivery } from '../../client/traffic/delivery.ts';
import { type Line, sum } from './book.ts';
import { ASSUMED } from './prices.ts';
import { gbSeconds, messageUnits, writeUnits } from './units.ts';

/** The memory of `Ingest`, MB. */
const MEMORY_MB = 1_024;

/** An acknowledgement is a fraction of what one billed message may have. */
const ANSWER_BYTES = 200;

/**
 * The least that storing and acknowledging a notification takes: its message and the answer, one run with a call for
 * each entry and one for the answer, and a write for each entry.
 */
export function floorOf(deliveries: readonly Delivery[]): Line[] {
  const lines = deliveries.flatMap(({ payload }): Line[] => {
    const entries = payload.flatMap(({ data }) => data);
    const ms = ASSUMED.ownMs + (entries.length + 1) * ASSUMED.callMs;
    const writes = entries.reduce((total: number, entry) => total + writeUnits(bytesOf(entry)), 0);
    return [
      { part: 'gateway', unit: 'message', amount: messageUnits(bytesOf(payload)) + messageUnits(ANSWER_BYTES) },
      { part: 'function', unit: 'run', amount: 1 },
      { part: 'function', unit: 'gbSecond', amount: gbSeconds(MEMORY_MB, ms) },
      { part: 'table', unit: 'write', amount: writes },
    ];
  });
  return sum(lines);
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

import { setTimeout as sleep } from 'node:timers/promises';
import { verify } from '../cli/simulate/verify.ts';
import type { Tables } from '../functions/questions/query.ts';
import type { ReadBack } from './messages.ts';
import type { SentNight } from './steady.ts';
import { deliveriesOf } from './traffic.ts';

/** Reads back all that was acknowledged, night by night, as `nbwatch simulate` does for one. */
export async function readBack(tables: Tables, primary: string, sent: readonly SentNight[]): Promise<ReadBack> {
  const all: ReadBack = {
    ...{ facts: 0, failures: 0, told: 0, pending: 0 },
    ...{ missingFacts: [], missingFailures: [], odd: [] },
  };
  // After one full wait, whatever has not come is missing. Waiting as long for each later night would take hours and
  // find no more.
  let isLate = false;
  for (const { night, given, waiting } of sent) {
    const deliveries = deliveriesOf(night).slice(0, given);
    const parts = Map.groupBy(deliveries.keys(), (place) => (waiting.has(place) ? 'lost' : 'acknowledged'));
    const those = (part: 'lost' | 'acknowledged') =>
      (parts.get(part) ?? []).flatMap((place) => deliveries[place] ?? []);
    const found = await verify(
      tables,
      primary,
      { acknowledged: those('acknowledged'), lost: those('lost') },
      night.firstJob,
      async (ms) => (isLate ? undefined : sleep(ms)),
    );
    for (const count of ['facts', 'failures', 'told', 'pending'] as const) all[count] += found[count];
    all.missingFacts.push(...found.missingFacts);
    all.missingFailures.push(...found.missingFailures);
    all.odd.push(...found.odd);
    isLate = all.missingFailures.length + all.odd.length > 0;
  }
  return all;
}

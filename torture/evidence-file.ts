import { closeSync, openSync, writeSync } from 'node:fs';
import type { Evidence } from './checker/evidence.ts';

/** Writes evidence as lines of JSON, `["ledger", {…}]`: all of a long run is more than one text can hold. */
export function writeEvidence(path: string, evidence: Evidence): void {
  const file = openSync(path, 'w');
  try {
    for (const [kind, things] of Object.entries(evidence))
      for (const thing of things) writeSync(file, `${JSON.stringify([kind, thing])}\n`);
  } finally {
    closeSync(file);
  }
}

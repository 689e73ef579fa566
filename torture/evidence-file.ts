import { closeSync, openSync, writeSync } from 'node:fs';
import type { Evidence } from './checker/evidence.ts';

/** Writes evidence as lines of JSON, `["ledger", {…}]`: the evidence of a long run does not fit into one string. */
export function writeEvidence(path: string, evidence: Evidence): void {
  const file = openSync(path, 'w');
  try {
    for (const [kind, things] of Object.entries(evidence))
      for (const thing of things) writeSync(file, `${JSON.stringify([kind, thing])}\n`);
  } finally {
    closeSync(file);
  }
}

import { type DynamoDbLocal, startDynamoDbLocal } from '../local/dynamodb/dynamodb-local.ts';
import { type Circumstances, circumstances } from './machine.ts';
import type { Ground } from './part.ts';
import type { AnyPart, Measured } from './parts.ts';

/** All that a run found. */
export interface Findings {
  circumstances: Circumstances;
  /** By the name of the part. */
  parts: Record<string, Measured>;
  /** What functions or the gateway should not have done meanwhile. */
  troubles: string[];
}

/** Measures these parts, one after the other. Whatever it starts has ended when it resolves. */
export async function measure(
  parts: readonly AnyPart[],
  given: Omit<Ground, 'dynamodb' | 'onTrouble'>,
): Promise<Findings> {
  const findings: Findings = { circumstances: circumstances(), parts: {}, troubles: [] };
  let database: Promise<DynamoDbLocal> | undefined;
  const ground: Ground = {
    ...given,
    dynamodb() {
      database ??= startDynamoDbLocal();
      return database;
    },
    onTrouble(trouble) {
      if (findings.troubles.includes(trouble)) return;
      findings.troubles.push(trouble);
      given.progress(trouble);
    },
  };
  try {
    for (const part of parts) findings.parts[part.name] = await part.measure(ground);
  } finally {
    await (await database)?.stop();
  }
  return findings;
}

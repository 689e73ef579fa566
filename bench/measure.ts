import { type DynamoDbLocal, startDynamoDbLocal } from '../local/dynamodb/dynamodb-local.ts';
import { explain } from '../local/explain.ts';
import { ExplainedError } from '../local/explained-error.ts';
import { type Circumstances, circumstances } from './machine.ts';
import type { Ground } from './part.ts';
import type { AnyPart, Measured } from './parts.ts';

/** All that a run found. */
export interface Findings {
  circumstances: Circumstances;
  /** By the name of the part. */
  parts: Record<string, Measured>;
  /** Why parts could not be measured, by their names. */
  failed: Record<string, string>;
  /** What functions or the gateway did meanwhile that they should not have done. */
  troubles: string[];
}

/**
 * Measures these parts, one after the other. If one fails, the others keep their figures, which may have taken an hour.
 * Everything that it starts has ended when it resolves.
 */
export async function measure(
  parts: readonly AnyPart[],
  given: Omit<Ground, 'dynamodb' | 'onTrouble'>,
): Promise<Findings> {
  const findings: Findings = { circumstances: circumstances(), parts: {}, failed: {}, troubles: [] };
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
  for (const part of parts)
    try {
      findings.parts[part.name] = await part.measure(ground);
    } catch (error) {
      const explained = explain(error);
      findings.failed[part.name] = messageOf(explained);
      given.progress(`${part.name} failed: ${detailsOf(explained)}`);
    }
  // If it could not be started, the parts that asked for it have failed with that error.
  const started = await database?.catch(() => undefined);
  await started?.stop().catch((error: unknown) => ground.onTrouble(`DynamoDB Local did not end: ${messageOf(error)}`));
  return findings;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** The message with its stack, unless the error explains itself. */
const detailsOf = (error: unknown) =>
  error instanceof Error && !(error instanceof ExplainedError) ? (error.stack ?? error.message) : messageOf(error);

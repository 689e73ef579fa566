import fc from 'fast-check';
import { type FactItem, type ImageFact, type JobFact, readFact } from '../../../functions/ledger/fact.ts';
import { imageItem, jobItem } from '../support.ts';

/*
 * Facts as a ledger's partition holds them: of one job or one image, each key and content once, with the receipt of its
 * first arrival. One key may have several contents.
 */

const receipt = fc.record({
  messageTime: fc.constantFrom(0, 4_000, 4_001),
  receivedAt: fc.integer({ min: 0, max: 9_000 }),
  requestId: fc.uuid(),
});

const jobContent = fc.record({
  startTime: fc.constantFrom(0, 1, 7, 1_000),
  state: fc.constantFrom('QUEUED', 'ACTIVE', 'DONE', 'SUSPENDED', 'INCOMPLETE', 'NEW', 'ODD', 'toString'),
  status: fc.constantFrom(0, 1, 150),
  policyName: fc.constantFrom('', 'one', 'other'),
});

const imageContent = fc.record({
  operationId: fc.constantFrom('CREATE', 'UPDATE', 'NO_LOCAL_COPY_AVAILABLE', 'DELETE', 'NEW', 'ODD'),
  createdTime: fc.constantFrom(0, 399, 400, 401, 3_999, 4_000, 4_001, 9_000),
  backupTime: fc.constantFrom(0, 100),
  clientName: fc.constantFrom('one', 'other'),
});

const unique = (item: FactItem) => JSON.stringify([item.sk, item.digest]);

export const jobItems = fc.uniqueArray(
  fc.tuple(jobContent, receipt).map(([content, received]) => jobItem(content, received)),
  { selector: unique, minLength: 1, maxLength: 8 },
);
export const imageItems = fc.uniqueArray(
  fc.tuple(imageContent, receipt).map(([content, received]) => imageItem(content, received)),
  { selector: unique, minLength: 1, maxLength: 8 },
);

export const jobFacts = jobItems.map((items) =>
  items.map(readFact).filter((fact): fact is JobFact => fact.object === 'JOB'),
);
export const imageFacts = imageItems.map((items) =>
  items.map(readFact).filter((fact): fact is ImageFact => fact.object === 'IMAGE'),
);

/** The same values in two orders. */
export function shuffled<T>(values: fc.Arbitrary<T[]>): fc.Arbitrary<[T[], T[]]> {
  return values.chain((given) =>
    fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length, maxLength: given.length })),
  );
}

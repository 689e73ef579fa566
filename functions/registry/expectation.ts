import * as v from 'valibot';

/*
 * What people said of backups, which counts for more than what the backups did before: that those of a client under a policy come so
 * often, or that none is to come any more. Names count however they are capitalised.
 */

/** What was said of a client under a policy; without a policy, of all its backups. Times are epoch ms. */
export const expectation = v.object({
  primary: v.string(),
  client: v.string(),
  policy: v.optional(v.string()),
  /** How long they may be without a usable run, ms. Needs a policy. */
  every: v.optional(v.number()),
  /** When that was said: what was never seen counts from then. */
  declaredAt: v.optional(v.number()),
  /** Since when none is expected, until one comes. */
  retiredAt: v.optional(v.number()),
});
export type Expectation = v.InferOutput<typeof expectation>;

/** That the backups of a client under a policy come so often. */
export type Declaration = Expectation & { policy: string; every: number; declaredAt: number };

export function isDeclaration(said: Expectation): said is Declaration {
  return said.policy !== undefined && said.every !== undefined && said.declaredAt !== undefined;
}

/** Backups, by what tells them apart for people. */
interface Backups {
  client: string;
  policy: string;
}

/** Whether something was said of these backups. */
export function concerns({ client, policy }: Expectation, of: Backups): boolean {
  return isSame(client, of.client) && (policy === undefined || isSame(policy, of.policy));
}

/** Whether backups are retired whose last news is of a time (epoch ms): nothing came since it was said. */
export function isRetired(said: readonly Expectation[], of: Backups, lastAt: number): boolean {
  return said.some((one) => one.retiredAt !== undefined && one.retiredAt >= lastAt && concerns(one, of));
}

/** Whether a client is retired as a whole, whose newest backup was made at a time (epoch ms). */
export function isClientRetired(
  said: readonly Expectation[],
  { primary, client }: { primary: string; client: string },
  madeAt: number,
): boolean {
  return said.some(
    (one) =>
      one.primary === primary &&
      one.policy === undefined &&
      isSame(one.client, client) &&
      one.retiredAt !== undefined &&
      one.retiredAt >= madeAt,
  );
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

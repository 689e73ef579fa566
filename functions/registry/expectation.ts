import * as v from 'valibot';

/*
 * What people said about backups: how often those of a client under a policy run, or that no more are expected. This
 * outweighs what the backups did before. Names are compared regardless of case.
 */

/** What was said about a client under a policy or, without a policy, about all its backups. Times are epoch ms. */
export const expectation = v.object({
  primary: v.string(),
  client: v.string(),
  policy: v.optional(v.string()),
  /** How long they may go without a usable run, ms. Needs a policy. */
  every: v.optional(v.number()),
  /** When that was said. A backup that was never seen is measured from then. */
  declaredAt: v.optional(v.number()),
  /** Since when none is expected, until one runs. */
  retiredAt: v.optional(v.number()),
});
export type Expectation = v.InferOutput<typeof expectation>;

/** Says how often the backups of a client under a policy run. */
export type Declaration = Expectation & { policy: string; every: number; declaredAt: number };

export function isDeclaration(expectation: Expectation): expectation is Declaration {
  const { policy, every, declaredAt } = expectation;
  return policy !== undefined && every !== undefined && declaredAt !== undefined;
}

/** Backups, by the names that people know them by. */
interface Backups {
  client: string;
  policy: string;
}

/** Whether an expectation is about these backups. */
export function concerns({ client, policy }: Expectation, of: Backups): boolean {
  return isSame(client, of.client) && (policy === undefined || isSame(policy, of.policy));
}

/** Whether backups are retired: nothing came after somebody said so. `lastAt`: their last news, epoch ms. */
export function isRetired(expectations: readonly Expectation[], of: Backups, lastAt: number): boolean {
  return expectations.some((one) => one.retiredAt !== undefined && one.retiredAt >= lastAt && concerns(one, of));
}

/** Whether a client as a whole is retired. `madeAt`: when its newest backup was made, epoch ms. */
export function isClientRetired(
  expectations: readonly Expectation[],
  { primary, client }: { primary: string; client: string },
  madeAt: number,
): boolean {
  return expectations.some(
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

import * as v from 'valibot';

/** A certificate of a chain. Names are as OpenSSL has them, in one line: `C=US, O=Amazon, CN=Amazon RSA 2048 M02`. */
const certificate = v.object({
  subject: v.string(),
  issuer: v.string(),
  /** SHA-256, as people compare it: `AB:CD:…`. */
  fingerprint: v.string(),
  /** Epoch ms. */
  validUntil: v.number(),
});

/** What a host showed of itself. */
export const served = v.object({
  /** Epoch ms. */
  seenAt: v.number(),
  /** Whether it leads to an authority that Node trusts, and is for this host. */
  trusted: v.boolean(),
  /** The certificate of the host, and its issuer after it, and so on. */
  chain: v.pipe(v.array(certificate), v.minLength(1)),
});
export type Certificate = v.InferOutput<typeof certificate>;
export type Served = v.InferOutput<typeof served>;

/** How what is served differs from what was served before. */
export type Difference = 'none' | 'renewed' | 'other authority';

/**
 * An authority is known by its name, anywhere above the certificate of the host: AWS lets several intermediates issue in turn, all of
 * one root, and sends roots now as such and now as issued by an older one. A chain that was trusted and is no longer is another one,
 * whatever it calls itself.
 */
export function differenceOf(before: Served, now: Served): Difference {
  if (leafOf(before).fingerprint === leafOf(now).fingerprint) return 'none';
  const isTrustLost = before.trusted && !now.trusted;
  return isTrustLost || authoritiesOf(before).isDisjointFrom(authoritiesOf(now)) ? 'other authority' : 'renewed';
}

/** The certificate of the host itself. */
export function leafOf({ chain: [leaf] }: Served): Certificate {
  if (!leaf) throw new Error('a chain without a certificate');
  return leaf;
}

const authoritiesOf = ({ chain }: Served): Set<string> =>
  new Set([...chain.map(({ issuer }) => issuer), ...chain.slice(1).map(({ subject }) => subject)]);

const DAY_MS = 86_400_000;

/** Whole days until the certificate of the host ends; below 0 once it has. */
export function daysLeft(seen: Served, now: number): number {
  return Math.floor((leafOf(seen).validUntil - now) / DAY_MS);
}

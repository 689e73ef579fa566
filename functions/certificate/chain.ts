import * as v from 'valibot';

/**
 * A certificate of a chain. Names are as OpenSSL writes them, in one line: `C=US, O=Amazon, CN=Amazon RSA 2048 M02`.
 */
const certificate = v.object({
  subject: v.string(),
  issuer: v.string(),
  /** SHA-256, in the form that people compare: `AB:CD:…`. */
  fingerprint: v.string(),
  /** Epoch ms. */
  validUntil: v.number(),
});

/** The certificates that a host showed. */
export const served = v.object({
  /** Epoch ms. */
  seenAt: v.number(),
  /** Whether the chain leads to an authority that Node trusts, and is for this host. */
  trusted: v.boolean(),
  /** The certificate of the host, then the certificate of its issuer, and so on. */
  chain: v.pipe(v.array(certificate), v.minLength(1)),
});
export type Certificate = v.InferOutput<typeof certificate>;
export type Served = v.InferOutput<typeof served>;

/** How the certificates differ from those served before. */
type Difference = 'none' | 'renewed' | 'other authority';

/**
 * Two chains have the same authority if they share a name anywhere above the certificate of the host: AWS lets several
 * intermediates of one root issue in turn, and sends a root sometimes as such and sometimes as issued by an older one.
 * A chain that is no longer trusted has another authority, whatever it calls itself.
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

/** Whole days until the certificate of the host expires; negative once it has. */
export function daysLeft(seen: Served, now: number): number {
  return Math.floor((leafOf(seen).validUntil - now) / DAY_MS);
}

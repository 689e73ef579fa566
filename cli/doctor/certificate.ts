import { daysLeft, differenceOf, leafOf, type Served } from '../../functions/certificate/chain.ts';
import { hasTls, readCertificate } from '../../functions/certificate/read.ts';
import { createCertificates } from '../../functions/registry/certificates.ts';
import type { EndpointState } from '../../functions/registry/endpoint.ts';
import { hasNotConnectedSince, isOtherAuthority } from '../../functions/watch/certificate-watch.ts';
import { showTime } from '../output.ts';
import type { Look } from './examine.ts';
import { NOT_HERE, orOk, type Verdict } from './finding.ts';

/** An endpoint in use, and whether its primary server may not know the present authority of the certificate. */
export interface Knowing {
  endpoint: EndpointState;
  isLeftBehind: boolean;
}

export const lookAtCertificates: Look = async ({ session, isOneMachine }, signal) => {
  const { endpoints, target, tables, now } = session;
  const url = target.outputs.EndpointUrl;
  if (!hasTls(url)) return [{ ...NOT_HERE, what: `${NOT_HERE.what}: its gateway has no TLS` }];
  const served = await readCertificate(url, signal);
  const seen = await createCertificates(tables.client, tables.registry).get(new URL(url).hostname);
  // An authority that `watch` has not seen yet counts as new now.
  const since = seen && differenceOf(seen.certificate, served) !== 'other authority' ? seen.since : now;
  const knowing: Knowing[] = [];
  for await (const endpoint of endpoints.list()) {
    if (endpoint.revokedAt !== undefined) continue;
    const other = isOtherAuthority(endpoint, served);
    const newest = other ? await endpoints.connections(endpoint.endpoint, 1).next() : undefined;
    const isLeftBehind = newest !== undefined && !newest.done && hasNotConnectedSince(endpoint, newest.value, since);
    knowing.push({ endpoint, isLeftBehind });
  }
  return judgeCertificate(served, knowing, { now, isOneMachine });
};

/** With this many days left, AWS should have renewed it. */
const SOON_DAYS = 30;

export function judgeCertificate(
  served: Served,
  knowing: readonly Knowing[],
  { now, isOneMachine }: { now: number; isOneMachine: boolean },
): readonly Verdict[] {
  const { subject, issuer, validUntil, fingerprint } = leafOf(served);
  const days = daysLeft(served, now);
  const wrong: Verdict[] = [];
  if (!served.trusted && !isOneMachine)
    wrong.push({
      state: 'failed',
      what: `no authority that this machine trusts has signed it: ${subject}, by ${issuer}`,
      next: 'A proxy or firewall may inspect TLS: exempt the name from that (docs/connecting.md, step 1). For a host name of your own: check its certificate in ACM.',
    });
  if (days <= SOON_DAYS && !isOneMachine)
    wrong.push({
      state: days < 1 ? 'failed' : 'warning',
      what:
        days < 0 ? `it expired ${showTime(validUntil)} UTC` : `it expires in ${days} days, ${showTime(validUntil)} UTC`,
      next: 'AWS renews its own certificates long before: docs/operations.md, CertificateDaysLeft.',
    });
  for (const { endpoint } of knowing.filter(({ isLeftBehind }) => isLeftBehind))
    wrong.push({
      state: 'warning',
      what: `its authority has changed since ${endpoint.endpoint} was created, and the primary server of that endpoint has not connected since the change`,
      next: `Accept it in NetBackup again if its SHA-256 is ${fingerprint}: docs/operations.md, CertificateChanged.`,
    });
  const noted = knowing.flatMap(({ endpoint: { certificate } }) => (certificate ? [certificate] : []));
  const renewed = noted.filter((one) => differenceOf(one, served) !== 'none').length;
  const since = renewed === 0 ? '' : `; changed since ${renewed} of ${knowing.length} endpoints were created`;
  return orOk(wrong, `${subject}, by ${issuer}, ${days} days left${since}`);
}

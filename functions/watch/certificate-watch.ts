import { daysLeft, differenceOf, leafOf, type Served } from '../certificate/chain.ts';
import type { Certificates, SeenCertificate } from '../registry/certificates.ts';
import type { ConnectionState, EndpointState } from '../registry/endpoint.ts';
import { describe, log } from '../runtime/log.ts';
import type { WatchContext } from './context.ts';
import type { Counts } from './duties.ts';

/** The certificate of the host that primary servers connect to. */
export interface WatchedCertificate {
  host: string;
  /** Reads the certificate that the host shows now. Undefined where it speaks no TLS. */
  read: (() => Promise<Served>) | undefined;
  seen: Certificates;
}

type CertificateContext = Pick<WatchContext, 'certificate' | 'endpoints' | 'now'>;

/** The days left are counted every hour, so that an alarm ends within the hour. A failed look is tried again then. */
const isItsMinute = (now: number) => new Date(now).getUTCMinutes() === 37;

/**
 * The certificate is read once a day. Somewhat less than a day, so that a run that comes a little early does not put
 * the look off by an hour.
 */
const EACH_MS = 23.5 * 3_600_000;

/**
 * Counts the days that the certificate is still valid. Also counts the endpoints whose primary server has not connected
 * since the certificate came from another authority than when the endpoint was created. Whether NetBackup pins the
 * certificate or an authority is not documented; a primary server that has connected since accepts the new one in
 * either case.
 */
export async function watchCertificate(
  { certificate, endpoints, now }: CertificateContext,
  _timeLeft?: () => number,
  again = false,
): Promise<Counts> {
  if (!isItsMinute(now()) && !again) return {};
  const { host } = certificate;
  if (!certificate.read) {
    log.info('The endpoint has no TLS: there is no certificate to check', { host });
    return {};
  }
  const seen = await currentCertificate(certificate, certificate.read, now());
  if (!seen) return {};
  let without = 0;
  for await (const endpoint of endpoints.list()) {
    if (!isOtherAuthority(endpoint, seen.certificate)) continue;
    const [newest] = await Array.fromAsync(firstOf(endpoints.connections(endpoint.endpoint, 1)));
    if (hasNotConnectedSince(endpoint, newest, seen.since)) without += 1;
  }
  return { CertificateDaysLeft: daysLeft(seen.certificate, now()), CertificateChanged: without };
}

/** The certificate as seen within the last day, or as it is now; if reading it fails, as it was seen last. */
async function currentCertificate(
  { host, seen }: WatchedCertificate,
  read: () => Promise<Served>,
  now: number,
): Promise<SeenCertificate | undefined> {
  const before = await seen.get(host);
  if (before && now - before.lookedAt < EACH_MS) return before;
  try {
    const certificate = await read();
    const difference = before ? differenceOf(before.certificate, certificate) : 'none';
    const { issuer, fingerprint } = leafOf(certificate);
    const fields = { host, issuer, fingerprint, trusted: certificate.trusted };
    if (difference === 'renewed') log.info('The endpoint certificate was renewed', fields);
    if (difference === 'other authority')
      log.warn('The endpoint certificate is from another authority', {
        ...fields,
        before: before && leafOf(before.certificate).issuer,
      });
    const since = before && difference !== 'other authority' ? before.since : now;
    const after = { host, lookedAt: now, since, certificate };
    await seen.put(after);
    return after;
  } catch (error) {
    log.warn('The endpoint certificate could not be read', { host, error: describe(error) });
    return before;
  }
}

/** Whether the certificate shown now comes from another authority than the one shown when an endpoint was created. */
export function isOtherAuthority({ certificate, revokedAt }: EndpointState, now: Served): boolean {
  return revokedAt === undefined && certificate !== undefined && differenceOf(certificate, now) === 'other authority';
}

/** Whether the primary server of an endpoint connected before a time (epoch ms), and not since. */
export function hasNotConnectedSince(
  { createdAt }: EndpointState,
  newest: Pick<ConnectionState, 'openedAt'> | undefined,
  since: number,
): boolean {
  return newest !== undefined && newest.openedAt >= createdAt && newest.openedAt < since;
}

async function* firstOf<T>(all: AsyncIterable<T>): AsyncGenerator<T> {
  for await (const one of all) {
    yield one;
    return;
  }
}

import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import type { Certificate, Served } from './chain.ts';

/** Whether the host of a URL has a certificate to look at. */
export const hasTls = (url: string): boolean => new URL(url).protocol === 'wss:';

/**
 * Opens TLS to the host of a `wss://` URL and reads the certificates that it shows, trusted or not. Rejects when it
 * cannot connect.
 */
export async function readCertificate(url: string, signal: AbortSignal, now: () => number = Date.now): Promise<Served> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const socket = connect({
    ...{ host, port: Number(port || 443), rejectUnauthorized: false },
    ...(isIP(host) === 0 && { servername: host }),
  });
  // `once` hears the first error; without this listener a later one would end the process.
  socket.on('error', () => {});
  try {
    await once(socket, 'secureConnect', { signal });
    return { seenAt: now(), trusted: socket.authorized, chain: [...certificates(socket.getPeerCertificate(true))] };
  } finally {
    socket.destroy();
  }
}

/** The certificate of the host, then each issuer as far as known, up to one that issued itself. */
function* certificates(leaf: DetailedPeerCertificate): Generator<Certificate> {
  for (let one: DetailedPeerCertificate | undefined = leaf; one?.raw; ) {
    const { subject, issuer, fingerprint256, validToDate } = new X509Certificate(one.raw);
    const [name, by] = [subject, issuer].map((text) => text.replaceAll('\n', ', '));
    yield { subject: name ?? '', issuer: by ?? '', fingerprint: fingerprint256, validUntil: validToDate.getTime() };
    one = one.issuerCertificate?.fingerprint256 === fingerprint256 ? undefined : one.issuerCertificate;
  }
}

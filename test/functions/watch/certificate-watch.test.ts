import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Served } from '../../../functions/certificate/chain.ts';
import type { SeenCertificate } from '../../../functions/registry/certificates.ts';
import type { EndpointState } from '../../../functions/registry/endpoint.ts';
import { watchCertificate } from '../../../functions/watch/certificate-watch.ts';
import { contextOf, endpointOf, logged } from './support.ts';

afterEach(() => vi.restoreAllMocks());

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOON = Date.parse('2026-11-24T12:37:30Z');

const shown = (issuer: string, serial = 1): Served => ({
  ...{ seenAt: NOON, trusted: true },
  chain: [{ subject: 'CN=host', issuer, fingerprint: `${issuer} ${serial}`, validUntil: NOON + 40 * DAY_MS }],
});

/** A host that presents what `shows` was given, a certificate or an error, and what nbwatch remembers of it. */
function host(first: Served | Error, endpoints: readonly EndpointState[] = []) {
  let current = first;
  let looks = 0;
  let seen: SeenCertificate | undefined;
  const opened = new Map<string, number>();
  const warned = logged('warn');
  const informed = logged('info');
  async function look() {
    looks += 1;
    if (current instanceof Error) throw current;
    return current;
  }
  async function put(next: SeenCertificate) {
    seen = next;
  }
  const connectionOf = (endpoint: string, openedAt: number) => ({
    ...{ connectionId: 'c', endpoint, primary: endpoint, tokenHash: 'h', sourceIp: '192.0.2.1', openedAt },
  });
  return {
    warned,
    informed,
    looks: () => looks,
    shows: (next: Served | Error) => {
      current = next;
    },
    connect: (endpoint: string, at: number) => opened.set(endpoint, at),
    at: (now: number) =>
      watchCertificate(
        contextOf({
          certificate: { host: 'h', read: look, seen: { get: async () => seen, put } },
          endpoints: {
            async *list() {
              yield* endpoints;
            },
            async *connections(endpoint) {
              const openedAt = opened.get(endpoint);
              if (openedAt !== undefined) yield connectionOf(endpoint, openedAt);
            },
          },
          now: () => now,
        }),
      ),
  };
}

describe('the certificate of the endpoint', () => {
  it('is looked at once a day and counted in one minute of each hour', async () => {
    const one = host(shown('CN=Amazon'));
    for (let minute = 0; minute < 48 * 60; minute++) {
      const counts = await one.at(NOON + minute * 60_000);
      const days = 40 - Math.ceil(minute / 1_440);
      expect(counts).toEqual(minute % 60 === 0 ? { CertificateDaysLeft: days, CertificateChanged: 0 } : {});
    }
    expect(one.looks()).toBe(2);
  });

  it('is tried again each hour when it cannot be read, and meanwhile counts as last seen', async () => {
    const one = host(new Error('refused'));
    expect(await one.at(NOON)).toEqual({});
    one.shows(shown('CN=Amazon'));
    expect(await one.at(NOON + HOUR_MS)).toEqual({ CertificateDaysLeft: 39, CertificateChanged: 0 });
    one.shows(new Error('refused'));
    expect(await one.at(NOON + 38 * DAY_MS)).toEqual({ CertificateDaysLeft: 2, CertificateChanged: 0 });
    expect(one.warned.map(([text]) => text)).toEqual(Array(2).fill('The endpoint certificate could not be read'));
  });

  it('is logged as renewed, without a warning, when its authority renews it', async () => {
    const one = host(shown('CN=Amazon'), [endpointOf('demo', { certificate: shown('CN=Amazon') })]);
    one.connect('demo', NOON - HOUR_MS);
    await one.at(NOON);
    one.shows(shown('CN=Amazon', 2));
    expect(await one.at(NOON + DAY_MS)).toMatchObject({ CertificateChanged: 0 });
    expect([one.warned, one.informed].map((lines) => lines.map(([text]) => text))).toEqual([
      [],
      ['The endpoint certificate was renewed'],
    ]);
  });

  it('of another authority counts the primary servers that have not connected since it was first seen', async () => {
    const amazon = { certificate: shown('CN=Amazon') };
    const endpoints = [
      ...['in', 'out'].map((name) => endpointOf(name, amazon)),
      // None of these has to connect again: never connected, no certificate known, revoked.
      endpointOf('unused', amazon),
      endpointOf('unknown'),
      endpointOf('revoked', { ...amazon, revokedAt: NOON }),
    ];
    const one = host(shown('CN=Amazon'), endpoints);
    for (const name of ['in', 'out', 'unknown', 'revoked', 'later']) one.connect(name, NOON - HOUR_MS);
    expect(await one.at(NOON)).toMatchObject({ CertificateChanged: 0 });
    // What counts is when the other certificate was first seen, not when nbwatch first looked.
    one.connect('out', NOON + HOUR_MS);
    one.shows(shown('CN=Other'));
    endpoints.push(endpointOf('later', { certificate: shown('CN=Other') }));
    expect(await one.at(NOON + DAY_MS)).toMatchObject({ CertificateChanged: 2 });
    one.connect('in', NOON + DAY_MS + 1);
    expect(await one.at(NOON + DAY_MS + HOUR_MS)).toMatchObject({ CertificateChanged: 1 });
    // Still the same authority: nothing starts again.
    one.shows(shown('CN=Other', 2));
    expect(await one.at(NOON + 2 * DAY_MS)).toMatchObject({ CertificateChanged: 1 });
    expect(one.warned.map(([text, fields]) => [text, fields])).toEqual([
      [
        'The endpoint certificate is from another authority',
        expect.objectContaining({ issuer: 'CN=Other', before: 'CN=Amazon' }),
      ],
    ]);
  });

  it('is not looked at without TLS, and the log says so', async () => {
    const informed = logged('info');
    expect(await watchCertificate(contextOf({ now: () => NOON }))).toEqual({});
    expect(informed.map(([text]) => text)).toEqual(['The endpoint has no TLS: there is no certificate to check']);
  });
});

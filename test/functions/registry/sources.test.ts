import { describe, expect, it } from 'vitest';
import { allowedSources, isCidr } from '../../../functions/registry/sources.ts';

describe('an address range', () => {
  it.each(['192.0.2.0/24', '0.0.0.0/0', '192.0.2.1/32', '2001:db8::/32', '::/0', '::1/128'])('may be %s', (text) =>
    expect(isCidr(text)).toBe(true),
  );
  it.each(['', '192.0.2.0', '192.0.2.0/33', '192.0.2/24', '::1/129', '192.0.2.0/-1', '192.0.2.0/24/1', 'x/8', '/8'])(
    'may not be %j',
    (text) => expect(isCidr(text)).toBe(false),
  );
});

describe('who may connect', () => {
  it('is everybody when no range is set', () => {
    expect(['192.0.2.1', '2001:db8::1', ''].map(allowedSources([]))).toEqual([true, true, true]);
  });

  it('is anybody in one of the ranges, up to its last address, in IPv4 and IPv6', () => {
    const allowed = allowedSources(['192.0.2.0/25', '198.51.100.7/32', '2001:db8:1::/48']);
    const addresses = {
      '192.0.2.0': true,
      '192.0.2.127': true,
      '192.0.2.128': false,
      '198.51.100.7': true,
      '198.51.100.8': false,
      '2001:db8:1::': true,
      '2001:db8:1:ffff:ffff:ffff:ffff:ffff': true,
      '2001:db8:2::': false,
    };
    expect(Object.fromEntries(Object.keys(addresses).map((address) => [address, allowed(address)]))).toEqual(addresses);
  });

  it('is nobody whose address cannot be read, once ranges are set', () => {
    expect(['', 'x', '192.0.2'].map(allowedSources(['192.0.2.0/24']))).toEqual([false, false, false]);
  });
});

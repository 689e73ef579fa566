import { BlockList, isIP } from 'node:net';

/** Whether text is an address range: `192.0.2.0/24`, `2001:db8::/32`. */
export function isCidr(text: string): boolean {
  const [address = '', prefix = '', ...rest] = text.split('/');
  const family = isIP(address);
  return family !== 0 && rest.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}

/** Returns a function that says whether an address may connect: it is in one of the ranges, or there are no ranges. */
export function allowedSources(cidrs: readonly string[]): (address: string) => boolean {
  const allowed = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', prefix] = cidr.split('/');
    allowed.addSubnet(address, Number(prefix), isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
  return (address) => cidrs.length === 0 || allowed.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

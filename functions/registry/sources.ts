import { BlockList, isIP } from 'node:net';

/** Whether text is an address range: `192.0.2.0/24`, `2001:db8::/32`. */
export function isCidr(text: string): boolean {
  const [address = '', prefix = '', ...rest] = text.split('/');
  const family = isIP(address);
  return family !== 0 && rest.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}

/** Says whether an address may connect: one in any of the ranges, or every one when there are none. */
export function allowedSources(cidrs: readonly string[]): (address: string) => boolean {
  const allowed = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', prefix] = cidr.split('/');
    allowed.addSubnet(address, Number(prefix), isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
  return (address) => cidrs.length === 0 || allowed.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

import { sha256 } from '../keys/key.ts';

/*
 * A subscriber as the stack names it to `watch`, and as `watch` names those that SNS lists: protocol and endpoint. A URL may have a
 * password in it, which SNS hides and an environment must not show: its host and a digest of its path stand for it.
 */

/** Enough to tell the URLs of one host from each other. */
const DIGITS = 12;

/** `email a@example.com`, however it is capitalised; `https example.com 0a1b2c3d4e5f`; `sqs arn:…`. */
export function subscriberOf(protocol: string, endpoint: string): string {
  if (protocol === 'email') return `email ${endpoint.toLowerCase()}`;
  if (!protocol.startsWith('http')) return `${protocol} ${endpoint}`;
  const { host, pathname, search } = URL.parse(endpoint) ?? { host: '***', pathname: endpoint, search: '' };
  return `${protocol} ${host} ${sha256(pathname + search).slice(0, DIGITS)}`;
}

/** Enough for who runs nbwatch to know whom to ask: `email a***@example.com`, `https example.com`, an ARN whole. */
export function masked(subscriber: string): string {
  const [protocol = '', endpoint = ''] = subscriber.split(' ', 2);
  if (protocol.startsWith('email')) return `${protocol} ${endpoint.replace(/(?<=^.).*(?=@)/, '***')}`;
  return `${protocol} ${protocol.startsWith('http') || endpoint.startsWith('arn:') ? endpoint : '***'}`.trim();
}

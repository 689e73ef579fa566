import { sha256 } from '../keys/key.ts';

/*
 * The name of a subscriber: its protocol and endpoint. The stack uses it to tell `watch` the subscribers, and `watch`
 * for those that SNS lists. A URL may contain a password, which SNS hides and an environment must not show. So its host
 * and a digest of its path stand for it.
 */

/** How many digits of the digest: enough to tell the URLs of one host from each other. */
const DIGITS = 12;

/** `email a@example.com`, however it is capitalised; `https example.com 0a1b2c3d4e5f`; `sqs arn:…`. */
export function subscriberOf(protocol: string, endpoint: string): string {
  if (protocol === 'email') return `email ${endpoint.toLowerCase()}`;
  if (!protocol.startsWith('http')) return `${protocol} ${endpoint}`;
  const { host, pathname, search } = URL.parse(endpoint) ?? { host: '***', pathname: endpoint, search: '' };
  return `${protocol} ${host} ${sha256(pathname + search).slice(0, DIGITS)}`;
}

/**
 * A subscriber for the log, so that whoever runs nbwatch knows whom to ask: `email a***@example.com`,
 * `https example.com`, a whole ARN.
 */
export function masked(subscriber: string): string {
  const [protocol = '', endpoint = ''] = subscriber.split(' ', 2);
  if (protocol.startsWith('email')) return `${protocol} ${endpoint.replace(/(?<=^.).*(?=@)/, '***')}`;
  return `${protocol} ${protocol.startsWith('http') || endpoint.startsWith('arn:') ? endpoint : '***'}`.trim();
}

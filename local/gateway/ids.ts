import { randomBytes } from 'node:crypto';

/**
 * An id as API Gateway makes them for connections, requests and messages: `L0SM9cOFvHcCIhw=`, 88 bits in URL-safe base64.
 * Random, so none is used twice.
 */
export function newId(): string {
  return `${randomBytes(11).toString('base64url')}=`;
}

import { randomBytes } from 'node:crypto';

/**
 * An id such as API Gateway makes for connections, requests and messages: `L0SM9cOFvHcCIhw=`, 88 bits in URL-safe
 * base64. Random, so that no id is used twice.
 */
export function newId(): string {
  return `${randomBytes(11).toString('base64url')}=`;
}

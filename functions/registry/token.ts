import { randomBytes } from 'node:crypto';
import { sha256 } from '../keys/key.ts';

/** A new token: 256 random bits as URL-safe text. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * What of a token is kept. A lookup by this hash needs no comparison in constant time: how long it takes says something about
 * hashes, which cannot be chosen, and nothing about the token.
 */
export function tokenHash(token: string): string {
  return sha256(token);
}

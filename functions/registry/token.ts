import { randomBytes } from 'node:crypto';
import { sha256 } from '../keys/key.ts';

/** A new token: 256 random bits as URL-safe text. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * The only part of a token that is kept. A lookup by this hash needs no constant-time comparison: its duration reveals
 * something about hashes, which nobody can choose, and nothing about the token.
 */
export function tokenHash(token: string): string {
  return sha256(token);
}

import { fromEnv } from '@aws-sdk/credential-provider-env';
import { Sha256Node } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { GIVEN_UP_PREFIX } from '../keys/given-up.ts';
import type { WatchContext } from './context.ts';
import type { Counts } from './duties.ts';

/** How many batches of stream records that Lambda gave up are waiting, at most a thousand. */
export type GivenUp = () => Promise<number>;

const QUERY = { 'list-type': '2', prefix: GIVEN_UP_PREFIX };
const LONGEST_MS = 5_000;

/**
 * Asks S3 with a single ListObjectsV2 request, because the SDK's S3 client would make the bundle two fifths larger.
 * `url`: of the bucket, path style.
 */
export function createGivenUp(url: string, region: string): GivenUp {
  const signer = new SignatureV4({
    ...{ service: 's3', region, credentials: fromEnv(), sha256: Sha256Node },
    // Unlike other services, S3 escapes a path only once.
    uriEscapePath: false,
  });
  const { protocol, hostname, host, pathname: path } = new URL(url);
  return async () => {
    const asked = { method: 'GET', protocol, hostname, path, query: QUERY, headers: { host } };
    const { headers } = await signer.sign(asked);
    const answer = await fetch(`${url}?${new URLSearchParams(QUERY)}`, {
      headers,
      signal: AbortSignal.timeout(LONGEST_MS),
    });
    const text = await answer.text();
    const [, count] = /<KeyCount>(\d+)<\/KeyCount>/.exec(text) ?? [];
    if (count !== undefined) return Number(count);
    const [, code = 'no KeyCount'] = /<Code>(\w+)<\/Code>/.exec(text) ?? [];
    throw new Error(`S3 did not list the given-up records: ${answer.status} ${code}`);
  };
}

/** These records have waited for a day already, so every five minutes is soon enough. */
const isItsMinute = (now: number) => new Date(now).getUTCMinutes() % 5 === 2;

/** Counts what waits for `nbwatch redrive`, which removes what it has projected. */
export async function countGivenUp(
  { givenUp, now }: Pick<WatchContext, 'givenUp' | 'now'>,
  _timeLeft?: () => number,
  again = false,
): Promise<Counts> {
  return isItsMinute(now()) || again ? { GivenUp: await givenUp() } : {};
}

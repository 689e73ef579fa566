import { leafOf, type Served } from '../functions/certificate/chain.ts';
import { hasTls, readCertificate } from '../functions/certificate/read.ts';
import type { Target } from './deployment.ts';
import { showTime } from './output.ts';

/** The certificate is only noted, so nobody should wait longer for it. */
const LOOK_MS = 5_000;

/** The certificate of the endpoint's host, and its description for whoever is about to accept it in NetBackup. */
export interface Shown {
  /** Undefined if the host has no TLS or cannot be reached from here. */
  served: Served | undefined;
  words: string;
}

/** Looks at the certificate that NetBackup will see. Never throws: the endpoint is created even if this fails. */
export async function shownBy({ outputs: { EndpointUrl } }: Pick<Target, 'outputs'>): Promise<Shown> {
  if (!hasTls(EndpointUrl))
    return {
      served: undefined,
      words: 'Its URL is ws://, without a certificate. NetBackup takes only wss://, so this endpoint is for tests.',
    };
  try {
    const served = await readCertificate(EndpointUrl, AbortSignal.timeout(LOOK_MS));
    return { served, words: describeServed(served) };
  } catch (error) {
    return {
      served: undefined,
      words: `Its certificate could not be read from this machine (${error instanceof Error ? error.message : String(error)}), so none is stored. Check it before you accept it in NetBackup.`,
    };
  }
}

/** The details to compare with what NetBackup shows. */
function describeServed(served: Served): string {
  const { subject, issuer, fingerprint, validUntil } = leafOf(served);
  const trust = served.trusted ? '' : ' No authority that this machine trusts has signed it.';
  return `The certificate is of ${subject}, by ${issuer}, until ${showTime(validUntil)} UTC; SHA-256 ${fingerprint}.${trust}`;
}

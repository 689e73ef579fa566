import { nextStep } from '../errors.ts';
import type { Doctor } from './doctor.ts';
import type { Finding, Verdict } from './finding.ts';

/** Checks one thing. Whatever it throws becomes a verdict; the signal ends it. */
export type Look = (doctor: Doctor, signal: AbortSignal) => Promise<readonly Verdict[]>;

/** The time limit of a check, ms. */
const LIMIT_MS = 15_000;

/** Runs all checks at once and yields their findings in order. A check that fails or hangs does not stop the others. */
export async function* examine(
  doctor: Doctor,
  looks: Readonly<Record<string, Look>>,
  limitMs = LIMIT_MS,
): AsyncGenerator<Finding> {
  const all = Object.entries(looks).map(([check, look]) => ({ check, verdicts: verdictsOf(doctor, look, limitMs) }));
  for (const { check, verdicts } of all) for (const verdict of await verdicts) yield { check, ...verdict };
}

async function verdictsOf(doctor: Doctor, look: Look, limitMs: number): Promise<readonly Verdict[]> {
  const signal = AbortSignal.timeout(limitMs);
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
  try {
    return await Promise.race([look(doctor, signal), late]);
  } catch (error) {
    return [signal.aborted ? hung(limitMs) : verdictOfError(error)];
  }
}

const hung = (limitMs: number): Verdict => ({
  state: 'unknown',
  what: `no answer within ${limitMs / 1000} s`,
  next: 'Check the network and proxy of this shell, then repeat the command.',
});

const DENIED = /^(AccessDenied|AuthorizationError|Forbidden|Unauthorized)/;

/** Whether AWS answered that the user lacks the permission. */
export const isDenied = (error: unknown): error is Error => error instanceof Error && DENIED.test(error.name);

/** The verdict on a check that threw this error. */
function verdictOfError(error: unknown): Verdict {
  const next = nextStep(error);
  if (isDenied(error)) {
    const [, action = 'what this needs'] = /perform:? (\S+:\S+)/.exec(error.message) ?? [];
    return {
      state: 'unknown',
      what: `not permitted: ${action}`,
      next: next ?? 'Use an AWS profile that may do this (AWS_PROFILE).',
    };
  }
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { state: 'failed', what: what.replaceAll(/\s+/g, ' '), ...(next !== undefined && { next }) };
}

import type { Digest } from './alert-of.ts';
import type { AlertSettings } from './alert-settings.ts';
import { dedupKeyOf } from './dedup-key.ts';
import { digestAlert } from './digest-alert.ts';
import { primariesOf, receivedBetween } from './digest-words.ts';
import type { Alert } from './message.ts';
import { isAtLeast, worst } from './severity.ts';
import { meaningOf } from './status-words.ts';
import { labelOf, OK_AGAIN } from './subject.ts';
import { type Rated, tally } from './tally.ts';
import { clip, counted, digits, duration, listed } from './words.ts';

/** The alert about many failures at once. */
export function failureDigest(digest: Digest, settings: AlertSettings): Alert {
  const { whole } = digest;
  const [first] = [...whole.failures, ...whole.recovered];
  const { from = 0, until = 0 } = receivedBetween(whole) ?? {};
  const time = until - from < 60_000 ? '' : ` in ${duration(until - from)}`;
  const names = primariesOf(whole).map((name) => clip(name, 24));
  return digestAlert(
    digest,
    {
      kind: 'FailureDigest',
      introduce(failures) {
        const suffix = ` [${listed(names, 2)}]`;
        const recovered = whole.recovered.length;
        if (failures.length === 0)
          return {
            subject: `${OK_AGAIN}: ${counted(recovered, 'backup')}${suffix}`,
            headline: `${counted(recovered, 'backup works', 'backups work')} again.`,
          };
        const what = outcome(failures, recovered);
        const { share, status } = mostFrequent(failures);
        const often = status === undefined ? '' : `, ${share} status ${status}`;
        const meaning = status === undefined ? '' : `: ${meaningOf(status)}`;
        return {
          subject: `${digestLabel(failures)} ${what}${time}${often}${suffix}`,
          headline: `${what}${time}${often}${meaning}.`,
        };
      },
      facts: {},
      nextSteps: ['See every failed job: npx nbwatch jobs --failed'],
      dedupKey: dedupKeyOf('FailureDigest', first?.pk ?? '', first?.sk ?? ''),
      data: {},
    },
    settings,
  );
}

/** What a reader has to know of first: failed jobs; if none failed, warnings; else the rest. */
function worstOf(failures: readonly Rated[]): readonly Rated[] {
  const failed = failures.filter(({ severity }) => isAtLeast(severity, 'error'));
  const warnings = failures.filter(({ severity }) => severity === 'warning');
  return failed.length > 0 ? failed : warnings.length > 0 ? warnings : failures;
}

/** The first words of a subject: how bad the failures are. Recoveries alone are good news, however bad it was. */
export function digestLabel(failures: readonly Rated[]): string {
  const severity = worst(failures.map((failure) => failure.severity));
  return severity ? labelOf(severity) : `${OK_AGAIN}:`;
}

/** `403 jobs failed`, of a time that is over. */
export function outcome(failures: readonly Rated[], recovered: number): string {
  const leading = worstOf(failures);
  const [first] = leading;
  if (!first) return `${counted(recovered, 'backup')} recovered`;
  if (isAtLeast(first.severity, 'error')) return `${counted(leading.length, 'job')} failed`;
  return `${counted(leading.length, 'job')} ended ${first.severity === 'warning' ? 'with a warning' : 'needing no action'}`;
}

/** `380 with` and the status that most of them have. */
function mostFrequent(failures: readonly Rated[]): { share: string; status?: number } {
  const leading = worstOf(failures);
  const [most] = tally(leading, ({ entry }) => String(entry.status)).sort((a, b) => b.jobs - a.jobs);
  if (!most) return { share: '' };
  const all = leading.length === 1 ? 'with' : 'all with';
  return { share: most.jobs === leading.length ? all : `${digits(most.jobs)} with`, status: Number(most.label) };
}

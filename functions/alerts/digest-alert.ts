import type { Digest } from './alert-of.ts';
import type { AlertSettings } from './alert-settings.ts';
import { digestWords, receivedBetween } from './digest-words.ts';
import type { JobIntents } from './intent.ts';
import { jobAttributes } from './job-attributes.ts';
import { recoveredSeverity, severityOf, worstSeverityOf } from './job-severity.ts';
import { failureForm, recoveredForm } from './machine-form.ts';
import type { Alert } from './message.ts';
import { SEVERITIES } from './severity.ts';
import type { Rated } from './tally.ts';
import { clip } from './words.ts';

/** Leaves room for the number of the part. */
const SUBJECT = 80;

/** What an alert says beside the failures and recoveries that it reports. */
export interface Frame {
  kind: string;
  /** The subject and the headline, for these failures. */
  introduce(failures: readonly Rated[]): Pick<Alert, 'subject' | 'headline'>;
  facts: Alert['facts'];
  nextSteps: readonly string[];
  dedupKey: string;
  data: Alert['data'];
}

/**
 * An alert about many failures and recoveries, or one part of it. Only the first part is for people: it speaks for the
 * whole and has the attributes of the whole, so that everybody gets it who would get any of the parts. The others are
 * for programs and have the attributes of the jobs that they name.
 */
export function digestAlert(digest: Digest, frame: Frame, settings: AlertSettings): Alert {
  const { part, parts, whole } = digest;
  const isFirst = part === 1;
  const failures = whole.failures.map((intent) => ({ intent, severity: severityOf(intent.entry, settings) }));
  const reported = isFirst ? whole : digest;
  const severity = worstSeverityOf(reported, settings);
  const { subject, headline } = frame.introduce(failures);
  const words = isFirst ? digestWords(failures, whole, settings.zone) : undefined;
  return {
    kind: frame.kind,
    severity,
    subject: parts > 1 ? `${clip(subject, SUBJECT)} (${part} of ${parts})` : subject,
    headline: isFirst ? headline : `Part ${part} of ${parts}, for programs: ${headline}`,
    facts: words ? { ...words.facts, ...frame.facts } : {},
    sections: words?.sections ?? [],
    nextSteps: words ? [...words.nextSteps, ...frame.nextSteps] : [],
    dedupKey: frame.dedupKey,
    part,
    parts,
    attributes: attributesOf(reported),
    data: {
      ...frame.data,
      ...receivedBetween(digest.whole),
      counts: countsOf(failures, whole.recovered.length),
      failures: digest.failures.map((intent) => failureForm(intent, severityOf(intent.entry, settings))),
      recovered: digest.recovered.map((intent) => recoveredForm(intent, recoveredSeverity(intent, settings))),
    },
  };
}

function attributesOf({ failures, recovered }: JobIntents): Alert['attributes'] {
  return jobAttributes([...failures.map(({ primary, entry }) => ({ ...entry, primary })), ...recovered]);
}

function countsOf(failures: readonly Rated[], recovered: number): object {
  const counts = SEVERITIES.map((one) => [one, failures.filter(({ severity }) => severity === one).length]);
  return { failures: failures.length, recovered, ...Object.fromEntries(counts) };
}

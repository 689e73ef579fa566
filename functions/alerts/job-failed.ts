import type { AlertSettings } from './alert-settings.ts';
import { childrenWords } from './children-words.ts';
import { jobDedupKey } from './dedup-key.ts';
import type { JobFailedIntent } from './intent.ts';
import { jobAttributes } from './job-attributes.ts';
import { severityOf } from './job-severity.ts';
import { jobWords } from './job-words.ts';
import { isOfParent, leadOf } from './lead.ts';
import { failureForm, wholeFailureForm } from './machine-form.ts';
import type { Alert } from './message.ts';
import { countThatFit } from './message-room.ts';
import { worst } from './severity.ts';
import { statusCode } from './status-code.ts';

/**
 * The alert that a job ended with a nonzero status, or that several of a family did: a parent and its children, the
 * parent first, or children whose parent is not among them.
 */
export function jobFailed(failures: readonly [JobFailedIntent, ...JobFailedIntent[]], settings: AlertSettings): Alert {
  const [first, ...others] = failures;
  const { entry, primary } = first;
  const severity = worst(failures.map((failure) => severityOf(failure.entry, settings))) ?? 'error';
  const lead = leadOf(failures, settings);
  const isJobAmongThem = others.length === 0 || isOfParent(first);
  const words = isJobAmongThem
    ? jobWords(first, others, lead, severity, settings)
    : childrenWords(failures, lead, severity, settings);
  return {
    kind: 'JobFailed',
    severity,
    ...words,
    dedupKey: jobDedupKey(primary, entry, first.series),
    part: 1,
    parts: 1,
    attributes: {
      ...jobAttributes(failures.map(({ primary, entry }) => ({ ...entry, primary }))),
      status: lead.entry.status,
    },
    data: machineData(failures, settings),
  };
}

/** The first job whole, as `job`; the others as `children`, as many as there is room for. Thousands need a digest. */
function machineData(failures: readonly JobFailedIntent[], settings: AlertSettings): Record<string, unknown> {
  const membersWith = (formOfFirst: typeof failureForm) =>
    failures.map((place, index) => {
      const form = index === 0 ? formOfFirst : failureForm;
      return { place, form: form(place, severityOf(place.entry, settings)) };
    });
  const whole = membersWith(wholeFailureForm);
  // Unknown fields of the first must leave nobody out.
  const members = countThatFit(whole) === failures.length ? whole : membersWith(failureForm);
  const count = countThatFit(members);
  const [{ severity: _, dedupKey: __, ...job } = {}, ...children] = members.slice(0, count).map(({ form }) => form);
  const known = statusCode(failures[0]?.entry.status ?? 0);
  return { ...job, ...(known ? { statusCode: known } : {}), children, childrenLeftOut: failures.length - count };
}

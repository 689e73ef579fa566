import type { AlertSettings } from './alert-settings.ts';
import { dedupKeyOf } from './dedup-key.ts';
import type { ReportIntent } from './intent.ts';
import type { Alert } from './message.ts';
import { clip, counted, digits, listed, percent, timeOf } from './words.ts';

/** How many the machine form names: a message has limited room. */
const PRIMARIES = 300;
const NAME = 60;

/**
 * The alert that a report was written: where it is, and what it says in short. The link leads to the console, which
 * asks for a sign-in. A link that needs none would expire with the session of the function's role within hours, and
 * would open for anyone who is sent the mail.
 */
export function reportWritten(intent: ReportIntent, { zone }: AlertSettings): Alert {
  const { date, from, to, bucket, region, key, jsonKey, primaries } = intent;
  const { ended, failed, successPercent, failing, overdue, unprotected, young, gaps } = intent;
  const success = successPercent === null ? 'none' : percent(successPercent);
  const names = primaries.map((primary) => clip(primary, NAME));
  return {
    kind: 'Report',
    severity: 'summary',
    subject: `Report ${clip(date, 20)}: ${ended === 0 ? 'no backup ended' : `${success} of ${successPercent === null ? 'the ' : ''}backups succeeded`}, ${digits(failing)} failing now${
      names.length > 0
        ? ` [${listed(
            names.map((name) => clip(name, 24)),
            2,
          )}]`
        : ''
    }`,
    headline: `The backup report of ${date} is ready. It is one HTML file: open it in a browser, print it, keep it.`,
    facts: {
      From: timeOf(from, zone),
      To: timeOf(to, zone),
      'Primary servers': listed(names, 5),
      Backups: ended === 0 ? 'none ended' : `${success} succeeded: ${digits(failed)} of ${digits(ended)} failed`,
      'Now failing': digits(failing),
      'Now overdue': digits(overdue),
      'No good backup': counted(unprotected, 'client'),
      'Removed young': digits(young),
      'Gaps in the feeds': digits(gaps),
    },
    nextSteps: [
      `Open it, signed in to the account of nbwatch: ${consoleUrl(region, bucket, key)}`,
      `Or fetch it: aws s3 cp "s3://${bucket}/${key}" . --region ${region}`,
    ],
    dedupKey: dedupKeyOf('Report', date),
    part: 1,
    parts: 1,
    attributes: { primary: primaries },
    data: {
      ...{ date, from, to, bucket, region, key, jsonKey, url: consoleUrl(region, bucket, key) },
      ...{ ended, failed, successPercent, failing, overdue, unprotected, young, gaps },
      primaries: primaries.slice(0, PRIMARIES),
      primariesLeftOut: Math.max(0, primaries.length - PRIMARIES),
    },
  };
}

/** The object in the console of its Region's partition. */
function consoleUrl(region: string, bucket: string, key: string): string {
  const host = region.startsWith('cn-')
    ? 'console.amazonaws.cn'
    : region.startsWith('us-gov-')
      ? 'console.amazonaws-us-gov.com'
      : 's3.console.aws.amazon.com';
  return `https://${host}/s3/object/${bucket}?region=${region}&prefix=${encodeURIComponent(key)}`;
}

import * as v from 'valibot';

/** Such as `startTime is not an integer from 0 to 9999999999`: names the field and the rule, never the value. */
export function describeIssues(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues.map((issue) => `${v.getDotPath(issue) ?? 'it'} ${complaint(issue)}`).join('; ');
}

/** Why something could not be read: a schema's error as `describeIssues` puts it, otherwise the error itself. */
export function reasonOf(error: unknown): string {
  return v.isValiError(error) ? describeIssues(error.issues) : String(error);
}

function complaint(issue: v.BaseIssue<unknown>): string {
  if (issue.type === 'check') return issue.message;
  if (issue.type === 'parse_json') return 'is not JSON';
  return issue.received === 'undefined' ? 'is missing' : `is not ${issue.expected}`;
}

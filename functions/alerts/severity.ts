/** How bad something is, the least first. Subscriptions filter by it. */
export const SEVERITIES = ['information', 'warning', 'error', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Whether something is at least as bad as asked for. */
export function isAtLeast(severity: Severity, from: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(from);
}

/** The worst of several; undefined if there are none. */
export function worst(severities: Iterable<Severity>): Severity | undefined {
  const present = new Set(severities);
  return SEVERITIES.findLast((severity) => present.has(severity));
}

import * as v from 'valibot';
import { severity } from '../functions/alerts/alert-settings.ts';
import { isAtLeast, SEVERITIES, type Severity } from '../functions/alerts/severity.ts';
import { isName, RESERVED_PRIMARY } from '../functions/registry/endpoint.ts';

/** Backslashes and quotes match only if escaped twice (Amazon SNS Developer Guide, "Filter policy constraints"). */
const MATCHABLE = /^[^"\\\p{Cc}]+$/u;

const names = v.pipe(
  v.array(v.pipe(v.string(), v.regex(MATCHABLE, 'is no name, or has a quote or backslash in it'))),
  v.minLength(1, 'is empty, so nothing would match; leave it out'),
);

/** Names of primaries, matched exactly: a primary's name has only one spelling. */
const primaries = v.pipe(
  names,
  v.check((all) => all.every(isName), 'a primary has 1 to 63 of a-z, 0-9 and -'),
);

/** Names of clients and policies: the filter ignores their case, as NetBackup does. */
const anyCase = v.pipe(
  names,
  v.transform((given) => [...new Set(given.map((name) => name.toLowerCase()))]),
);

/** An SQS queue that a standard topic can deliver to, which a FIFO queue is not. */
const QUEUE = /^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]{1,80}$/;

/** A Lambda function, or a version or alias of it. */
const FUNCTION = /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]{1,64}(:[\w$-]{1,128})?$/;

/** `least` and `summary`: the defaults of a subscription that does not say. */
const subscriber = <P extends string, E extends v.GenericSchema<unknown, string>>(
  protocol: P,
  endpoint: E,
  { least, summary }: { least: Severity; summary: boolean },
) =>
  v.strictObject({
    protocol: v.literal(protocol),
    endpoint,
    minSeverity: v.optional(severity, least),
    summary: v.optional(v.boolean(), summary),
    primaries: v.optional(primaries),
    policies: v.optional(anyCase),
    clients: v.optional(anyCase),
  });

const address = v.pipe(v.string(), v.email('is no email address'));
const url = v.pipe(
  v.string(),
  v.check((text) => /^https:\/\/\S+$/.test(text) && URL.canParse(text), 'is no https:// URL'),
);
const queue = v.pipe(v.string(), v.regex(QUEUE, 'is not the ARN of an SQS queue, or is that of a FIFO queue'));
const lambdaFunction = v.pipe(v.string(), v.regex(FUNCTION, 'is no ARN of a Lambda function'));

/**
 * Who gets what from the `alerts` topic. By default people get mails about what needs them, and programs get
 * everything.
 */
export const subscription = v.variant('protocol', [
  subscriber('email', address, { least: 'error', summary: true }),
  subscriber('https', url, { least: 'information', summary: false }),
  subscriber('sqs', queue, { least: 'information', summary: false }),
  subscriber('lambda', lambdaFunction, { least: 'information', summary: false }),
]);
export type Subscription = v.InferOutput<typeof subscription>;

/** Every subscription in the settings. A plain address counts as a subscription by email with the defaults. */
export function subscriptionsOf(settings: {
  emails: readonly string[];
  subscriptions: readonly Subscription[];
}): Subscription[] {
  const mailed = settings.emails.map((endpoint) => v.parse(subscription, { protocol: 'email', endpoint }));
  return [...mailed, ...settings.subscriptions];
}

/** Attribute names, each with its conditions, one of which must hold. */
export type FilterPolicy = Readonly<Record<string, readonly unknown[]>>;

/**
 * Lets messages about no primary, client or policy, such as the daily summary, also reach subscribers that name some.
 */
const ABSENT = { exists: false };

/** The filter policy by which SNS chooses a subscriber's messages. */
export function filterPolicyOf({ protocol, minSeverity, summary, ...lists }: Subscription): FilterPolicy {
  const wanted = [
    ...SEVERITIES.filter((each) => isAtLeast(each, minSeverity)),
    ...(summary ? ['summary' as const] : []),
  ];
  const named = (given: readonly string[]) => [ABSENT, ...given.map((name) => ({ 'equals-ignore-case': name }))];
  return {
    // A condition that always holds would only use up combinations, of which SNS takes few.
    ...(wanted.length <= SEVERITIES.length && { severity: wanted }),
    // If a message has several parts, people get the first by mail, which has what they need; programs get every job.
    ...(protocol === 'email' && { part: [{ numeric: ['=', 1] }] }),
    primary: [ABSENT, ...(lists.primaries ?? [{ 'anything-but': [RESERVED_PRIMARY] }])],
    ...(lists.policies && { policy: named(lists.policies) }),
    ...(lists.clients && { client: named(lists.clients) }),
  };
}

/** Amazon SNS Developer Guide, "Filter policy constraints"; `policies` is the limit per topic. */
const LIMITS = { attributes: 5, combinations: 150, bytes: 262_144, policies: 200 };

/** What SNS or nbwatch refuses about subscriptions whose single fields are right. Each fault names its subscription. */
export function subscriptionFaults(subscriptions: readonly Subscription[]): string[] {
  const faults = subscriptions.flatMap((each) =>
    [
      ...policyFaults(filterPolicyOf(each)),
      ...(each.primaries?.includes(RESERVED_PRIMARY)
        ? [`the primary ${RESERVED_PRIMARY} is nbwatch's own probe, of which no subscriber hears; leave it out`]
        : []),
    ].map((fault) => `${each.protocol} ${each.endpoint}: ${fault}`),
  );
  const places = subscriptions.map(({ protocol, endpoint }) => `${protocol} ${endpoint}`);
  const key = (place: string) => (place.startsWith('email ') ? place.toLowerCase() : place);
  const twice = places.filter((place, index) => places.findIndex((other) => key(other) === key(place)) < index);
  faults.push(
    ...twice.map((place) => `${place}: is there twice; SNS keeps one subscription per endpoint, so merge the entries`),
  );
  if (subscriptions.length > LIMITS.policies) {
    faults.push(
      `there are ${subscriptions.length} subscriptions, nbwatch:emails included; SNS takes ${LIMITS.policies} filter policies for a topic`,
    );
  }
  return faults;
}

function policyFaults(policy: FilterPolicy): string[] {
  const counts = Object.entries(policy).map(([name, conditions]) => [name, conditions.length] as const);
  const combinations = counts.reduce((product, [, count]) => product * count, 1);
  const bytes = Buffer.byteLength(JSON.stringify(policy));
  const faults: string[] = [];
  if (counts.length > LIMITS.attributes)
    faults.push(`its filter policy names ${counts.length} attributes; SNS takes ${LIMITS.attributes}`);
  if (combinations > LIMITS.combinations) {
    const sum = counts.map(([name, count]) => `${count} ${name}`).join(' × ');
    faults.push(
      `its filter policy has ${combinations} combinations of values (${sum}); SNS takes ${LIMITS.combinations}. Name fewer`,
    );
  }
  if (bytes > LIMITS.bytes) faults.push(`its filter policy has ${bytes} bytes; SNS takes ${LIMITS.bytes}`);
  return faults;
}

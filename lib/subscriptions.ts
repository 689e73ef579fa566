import * as v from 'valibot';
import { severity } from '../functions/alerts/alert-settings.ts';
import { isAtLeast, SEVERITIES, type Severity } from '../functions/alerts/severity.ts';
import { isName, RESERVED_PRIMARY } from '../functions/registry/endpoint.ts';

/** Backslashes and quotes would have to be escaped twice to be matched (Amazon SNS Developer Guide, "Filter policy constraints"). */
const MATCHABLE = /^[^"\\\p{Cc}]+$/u;

const names = v.pipe(
  v.array(v.pipe(v.string(), v.regex(MATCHABLE, 'is no name, or has a quote or backslash in it'))),
  v.minLength(1, 'is empty, which nothing fits; leave it out'),
);

/** Names of clients and policies, which NetBackup takes however they are capitalised: so does the filter. */
/** They are matched exactly, and a primary has no other name. */
const primaries = v.pipe(
  names,
  v.check((all) => all.every(isName), 'a primary has 1 to 63 of a-z, 0-9 and -'),
);
const anyCase = v.pipe(
  names,
  v.transform((given) => [...new Set(given.map((name) => name.toLowerCase()))]),
);

/** An SQS queue that a standard topic can deliver to, which a FIFO queue is not. */
const QUEUE = /^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]{1,80}$/;

/** A Lambda function, or a version or alias of it. */
const FUNCTION = /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]{1,64}(:[\w$-]{1,128})?$/;

/** `least` and `summary`: what one gets that does not say. */
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
const queue = v.pipe(v.string(), v.regex(QUEUE, 'is no ARN of an SQS queue, or of a FIFO queue'));
const lambdaFunction = v.pipe(v.string(), v.regex(FUNCTION, 'is no ARN of a Lambda function'));

/** Who gets what of the `alerts` topic. People are mailed what needs them; programs get all unless they say otherwise. */
export const subscription = v.variant('protocol', [
  subscriber('email', address, { least: 'error', summary: true }),
  subscriber('https', url, { least: 'information', summary: false }),
  subscriber('sqs', queue, { least: 'information', summary: false }),
  subscriber('lambda', lambdaFunction, { least: 'information', summary: false }),
]);
export type Subscription = v.InferOutput<typeof subscription>;

/** Every subscription that the settings ask for: the plain addresses too, which get what a subscription by email gets. */
export function subscriptionsOf(settings: {
  emails: readonly string[];
  subscriptions: readonly Subscription[];
}): Subscription[] {
  const mailed = settings.emails.map((endpoint) => v.parse(subscription, { protocol: 'email', endpoint }));
  return [...mailed, ...settings.subscriptions];
}

/** Attribute names and, for each, the conditions of which one must hold. */
export type FilterPolicy = Readonly<Record<string, readonly unknown[]>>;

/** For what is about no primary, client or policy, such as the daily summary: whoever names some gets that too. */
const ABSENT = { exists: false };

/** What SNS lets through to a subscriber, by the attributes of a message. */
export function filterPolicyOf({ protocol, minSeverity, summary, ...lists }: Subscription): FilterPolicy {
  const wanted = [
    ...SEVERITIES.filter((each) => isAtLeast(each, minSeverity)),
    ...(summary ? ['summary' as const] : []),
  ];
  const named = (given: readonly string[]) => [ABSENT, ...given.map((name) => ({ 'equals-ignore-case': name }))];
  return {
    // A condition that always holds would only use up combinations, of which SNS takes few.
    ...(wanted.length <= SEVERITIES.length && { severity: wanted }),
    // Of a message in several parts people are mailed the first, which has what they need; programs get every job.
    ...(protocol === 'email' && { part: [{ numeric: ['=', 1] }] }),
    primary: [ABSENT, ...(lists.primaries ?? [{ 'anything-but': [RESERVED_PRIMARY] }])],
    ...(lists.policies && { policy: named(lists.policies) }),
    ...(lists.clients && { client: named(lists.clients) }),
  };
}

/** Amazon SNS Developer Guide, "Filter policy constraints"; the number of policies is of one topic. */
const LIMITS = { attributes: 5, combinations: 150, bytes: 262_144, policies: 200 };

/** What SNS, or we, would not take of subscriptions whose single fields are right, each told with the subscription. */
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
    ...twice.map((place) => `${place}: is there twice; SNS keeps one subscription for each, so say all in one`),
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

/** What goes wrong besides the calls of functions, and how often it did. */
export interface Adversities {
  cutBefore: number;
  cutWithin: number;
  cutAfter: number;
  twins: number;
  repeats: number;
  refused: number;
  throttled: number;
  recycled: number;
  poison: number;
  strangers: number;
}

/** The wording of a report. */
const SAID: readonly (readonly [keyof Adversities, string])[] = [
  ['cutBefore', 'connections cut before a message'],
  ['cutWithin', 'connections cut within a message'],
  ['cutAfter', 'connections cut before an answer'],
  ['twins', 'messages sent on two connections at once'],
  ['repeats', 'messages sent twice at once on one connection'],
  ['refused', 'publishes refused by SNS'],
  ['throttled', 'invocations throttled as too many ran'],
  ['recycled', 'warm functions ended by a deployment'],
  ['poison', 'facts that no version has written'],
  ['strangers', 'strangers refused'],
];

export const noAdversities = (): Adversities => ({
  ...{ cutBefore: 0, cutWithin: 0, cutAfter: 0, twins: 0, repeats: 0 },
  ...{ refused: 0, throttled: 0, recycled: 0, poison: 0, strangers: 0 },
});

export function describeAdversities(adversities: Adversities): string[] {
  return SAID.map(([name, said]) => `${adversities[name]} ${said}`);
}

/** From so many notifications on, each of them is sure to happen: a fiftieth of the messages is cut, or sent twice. */
const SURELY = 2_000;

/** What did not happen, but must in a run of so many notifications. */
export function absent(adversities: Adversities, notifications: number): string[] {
  if (notifications < SURELY) return [];
  return describeAdversities(adversities).filter((said) => said.startsWith('0 '));
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { daysLeft, differenceOf, type Served } from '../../../functions/certificate/chain.ts';

const DAY_MS = 86_400_000;

/** A chain, as the names of its certificates from the host up; the last has issued itself. */
function chainOf(names: readonly string[], { trusted = true, serial = 1, validUntil = 0 } = {}): Served {
  return {
    ...{ seenAt: 0, trusted },
    chain: names.map((subject, index) => ({
      ...{ subject, issuer: names[index + 1] ?? subject, validUntil },
      fingerprint: `${subject} ${index === 0 ? serial : 1}`,
    })),
  };
}

const HOST = 'CN=*.execute-api.eu-central-1.amazonaws.com';
const [M02, M03, ROOT, OLDER] = [
  'CN=Amazon RSA 2048 M02',
  'CN=Amazon RSA 2048 M03',
  'CN=Amazon Root CA 1',
  'O=Starfield',
];
const before = chainOf([HOST, M02, ROOT]);

describe('a certificate', () => {
  it.each<[string, Served, ReturnType<typeof differenceOf>]>([
    ['that is the same, whatever is sent above it,', chainOf([HOST, M02, ROOT, OLDER]), 'none'],
    ['that its authority renewed', chainOf([HOST, M02, ROOT], { serial: 2 }), 'renewed'],
    ['that another intermediate of the same root issued', chainOf([HOST, M03, ROOT, OLDER], { serial: 2 }), 'renewed'],
    [
      'whose root is not sent, only named,',
      {
        ...chainOf([HOST, M02, ROOT], { serial: 2 }),
        chain: chainOf([HOST, M02, ROOT], { serial: 2 }).chain.slice(0, 2),
      },
      'renewed',
    ],
    ['of another authority', chainOf([HOST, 'CN=Proxy', 'CN=Corporate'], { serial: 2 }), 'other authority'],
    ['that signed itself', chainOf([HOST], { serial: 2 }), 'other authority'],
    [
      'that calls its authority so and is not trusted',
      chainOf([HOST, M02, ROOT], { serial: 2, trusted: false }),
      'other authority',
    ],
  ])('%s is so', (_, now, difference) => {
    expect(differenceOf(before, now)).toBe(difference);
  });

  const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 5 });
  it('never differs from itself; renewed by its own authority it is no other one', () => {
    fc.assert(
      fc.property(names, fc.boolean(), (chain, trusted) => {
        const one = chainOf(chain, { trusted });
        expect(differenceOf(one, one)).toBe('none');
        if (chain.length > 1) expect(differenceOf(one, chainOf(chain, { trusted, serial: 2 }))).toBe('renewed');
      }),
    );
  });

  it('has whole days left, and less than none once it ended', () => {
    const until = (validUntil: number) => daysLeft(chainOf([HOST], { validUntil }), 10 * DAY_MS);
    expect([until(12 * DAY_MS - 1), until(12 * DAY_MS), until(10 * DAY_MS), until(10 * DAY_MS - 1)]).toEqual([
      1, 2, 0, -1,
    ]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { daysLeft, differenceOf, type Served } from '../../../functions/certificate/chain.ts';

const DAY_MS = 86_400_000;

/** A chain from the names of its certificates, from the host up. The last one has issued itself. */
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
    ['is unchanged, whatever is sent above its root', chainOf([HOST, M02, ROOT, OLDER]), 'none'],
    ['is renewed by its authority', chainOf([HOST, M02, ROOT], { serial: 2 }), 'renewed'],
    ['is renewed by an intermediate of the same root', chainOf([HOST, M03, ROOT, OLDER], { serial: 2 }), 'renewed'],
    [
      'is renewed though its root is only named, not sent',
      {
        ...chainOf([HOST, M02, ROOT], { serial: 2 }),
        chain: chainOf([HOST, M02, ROOT], { serial: 2 }).chain.slice(0, 2),
      },
      'renewed',
    ],
    ['is of another authority', chainOf([HOST, 'CN=Proxy', 'CN=Corporate'], { serial: 2 }), 'other authority'],
    ['is of another authority if it signed itself', chainOf([HOST], { serial: 2 }), 'other authority'],
    [
      'is of another authority if it names the same one but is not trusted',
      chainOf([HOST, M02, ROOT], { serial: 2, trusted: false }),
      'other authority',
    ],
  ])('%s', (_, now, difference) => {
    expect(differenceOf(before, now)).toBe(difference);
  });

  const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 5 });
  it('never differs from itself, and counts as renewed if its own authority issued it again', () => {
    fc.assert(
      fc.property(names, fc.boolean(), (chain, trusted) => {
        const one = chainOf(chain, { trusted });
        expect(differenceOf(one, one)).toBe('none');
        if (chain.length > 1) expect(differenceOf(one, chainOf(chain, { trusted, serial: 2 }))).toBe('renewed');
      }),
    );
  });

  it('has whole days left, and less than 0 once it has expired', () => {
    const until = (validUntil: number) => daysLeft(chainOf([HOST], { validUntil }), 10 * DAY_MS);
    expect([until(12 * DAY_MS - 1), until(12 * DAY_MS), until(10 * DAY_MS), until(10 * DAY_MS - 1)]).toEqual([
      1, 2, 0, -1,
    ]);
  });
});

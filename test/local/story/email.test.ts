import fc from 'fast-check';
import { expect, it } from 'vitest';
import { excerptOf, wrap } from '../../../local/story/email.ts';

const word = fc.stringMatching(/^[a-z]{1,30}$/);

it('wrap keeps every word and stays within the width unless one word alone is wider', () => {
  fc.assert(
    fc.property(fc.constantFrom('', '  1. ', '  Client:  '), fc.array(word, { minLength: 1 }), (label, words) => {
      const lines = wrap(label, words.join(' '), 24);
      expect(lines.map((line) => line.slice(label.length)).join(' ')).toBe(words.join(' '));
      expect(lines[0]?.startsWith(label)).toBe(true);
      for (const line of lines) if (line.length > 24) expect(line.slice(label.length)).not.toContain(' ');
    }),
  );
});

it('an excerpt has the headline, the facts and the number of steps asked for, each in full', () => {
  const email = `BACKUP 7 failed.
First failure.

  Client:       sql01
  Policy type:  X
  Likely cause: The client
                is down.

Its jobs
  8: status 1

What to do next
  1. Run this on the
     server.
  2. Open job 7.

--
nbwatch JobFailed, 1
`;
  expect(excerptOf(email, { facts: /^(Likely cause|Policy):/, steps: 1 }, 40)).toEqual([
    'BACKUP 7 failed. First failure.',
    '  Likely cause: The client is down.',
    'What to do next',
    '  1. Run this on the server.',
  ]);
  expect(excerptOf(email, {}, 40)).toEqual(['BACKUP 7 failed. First failure.']);
});

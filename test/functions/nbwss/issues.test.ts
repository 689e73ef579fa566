import { expect, it } from 'vitest';
import { readFact } from '../../../functions/ledger/fact.ts';
import { reasonOf } from '../../../functions/nbwss/issues.ts';
import { jobContent, jobItem } from '../support.ts';

it.each([
  ['of a later format', { format: 2 }, 'format is not 1'],
  ['of an unknown object', { object: 'hush' }, 'object is not ("JOB" | "IMAGE")'],
  ['whose entry was cut', { entry: '{"clientName":"hush' }, 'entry is not JSON'],
  [
    'without a client',
    { entry: JSON.stringify({ ...jobContent(), clientName: undefined }) },
    'entry.clientName is missing',
  ],
  ['with text for a number', { entry: JSON.stringify(jobContent({ jobId: 'hush' })) }, 'entry.jobId is not number'],
])('refuses a fact %s by the field and the rule, without its value', (_, other, reason) => {
  const attempt = () => readFact({ ...jobItem(), ...other });
  expect(attempt).toThrow();
  try {
    attempt();
  } catch (error) {
    expect(reasonOf(error)).toBe(reason);
  }
});

import { expect, it } from 'vitest';
import { HELP, OptionError, readOptions } from '../../soak/options.ts';

it('asks for an hour by default, and takes another duration and rate', () => {
  expect(readOptions([])).toEqual({
    minutes: 60,
    rate: 10,
    connections: 5,
    json: undefined,
    log: undefined,
    help: false,
  });
  expect(readOptions(['--short'])).toMatchObject({ minutes: 2 });
  expect(readOptions(['--minutes', '0.5', '--rate', '2.5'])).toMatchObject({ minutes: 0.5, rate: 2.5 });
});

it.each([
  ['--minutes', 'soon'],
  ['--minutes', '0'],
  ['--minutes', '-5'],
  ['--rate', '1001'],
  ['--connections', '0'],
  ['--connections', '1.5'],
  ['--short', '--minutes', '3'],
  ['--long'],
  ['an hour'],
])('%s %s is refused', (...argv) => {
  expect(() => readOptions(argv)).toThrow(OptionError);
});

it('accepts the examples of its help', () => {
  const examples = [...HELP.matchAll(/^ {2}npm run soak(?: -- (.*?))?(?: {2,}.*)?$/gm)].map(([, args = '']) => args);
  expect(examples.length).toBeGreaterThan(2);
  for (const args of examples) expect(() => readOptions(args.split(' ').filter(Boolean))).not.toThrow();
});

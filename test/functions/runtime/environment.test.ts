import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  days,
  EnvironmentError,
  nonEmpty,
  once,
  readEnvironment,
  wholeNumber,
} from '../../../functions/runtime/environment.ts';
import { settleAll } from '../../../functions/runtime/settle.ts';

const schema = v.object({ NAME: nonEmpty, MS: wholeNumber, DAYS: days });
const good = { NAME: 'x', MS: '1500', DAYS: '400' };

describe('the environment of a function', () => {
  it('is read by its schema', () => {
    expect(readEnvironment(schema, { ...good, OTHER: 'x' })).toEqual({ NAME: 'x', MS: 1_500, DAYS: 400 });
    expect(readEnvironment(schema, { ...good, DAYS: 'forever' })).toEqual({ NAME: 'x', MS: 1_500, DAYS: undefined });
  });

  it.each([
    ['NAME', ''],
    ['MS', 'SECRET'],
    ['MS', '-1'],
    ['MS', '1.5'],
    ['MS', ''],
    ['DAYS', 'SECRET'],
    ['DAYS', 'Forever'],
  ])('is refused by the name of a wrong variable, without its value: %s=%s', (name, value) => {
    const read = () => readEnvironment(schema, { ...good, [name]: value });
    expect(read).toThrow(EnvironmentError);
    expect(read).toThrow(`wrong: ${name} is not `);
    if (value.length > 3) expect(read).not.toThrow(`${value}"`);
  });

  it('is refused with the names of all missing variables', () => {
    expect(() => readEnvironment(schema, {})).toThrow('NAME is missing; MS is missing; DAYS is missing');
  });
});

describe('once', () => {
  it('makes its value on first use and keeps it, but keeps no failure', () => {
    let calls = 0;
    const make = once(() => {
      calls += 1;
      if (calls === 1) throw new Error('not yet');
      return { calls };
    });
    expect(calls).toBe(0);
    expect(make).toThrow('not yet');
    expect(make()).toEqual({ calls: 2 });
    expect(make()).toBe(make());
    expect(calls).toBe(2);
  });
});

describe('settleAll', () => {
  it('gives every result in order, or the first failure once all are done', async () => {
    expect(await settleAll([Promise.resolve(1), Promise.resolve(2)])).toEqual([1, 2]);
    let done = false;
    const slow = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      done = true;
    });
    await expect(settleAll([Promise.reject(new Error('a')), slow, Promise.reject(new Error('b'))])).rejects.toThrow(
      'a',
    );
    expect(done).toBe(true);
    expect(await settleAll([])).toEqual([]);
  });
});

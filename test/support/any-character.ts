import fc from 'fast-check';

/** The halves of surrogate pairs, which are no characters. */
const [FIRST_HALF, HALVES] = [0xd800, 0x800];

/**
 * Any character that UTF-8 can hold. It draws what fast-check's `unit: 'binary'` draws, which first writes a table of all million of
 * them: more than a second of a core in each test file.
 */
export const anyCharacter = fc.integer({ min: 0, max: 0x10ffff - HALVES }).map(
  (n) => String.fromCodePoint(n < FIRST_HALF ? n : n + HALVES),
  (value) => {
    const point = typeof value === 'string' ? value.codePointAt(0) : undefined;
    if (point === undefined || String.fromCodePoint(point) !== value) throw new Error('not one character');
    return point < FIRST_HALF ? point : point - HALVES;
  },
);

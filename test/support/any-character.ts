import fc from 'fast-check';

/** The first half of a surrogate pair, and how many halves there are. Halves are not characters. */
const [FIRST_HALF, HALVES] = [0xd800, 0x800];

/**
 * Any character that UTF-8 can encode. It draws the same as fast-check's `unit: 'binary'`, which first builds a table
 * of all million characters: more than a second of CPU time in each test file.
 */
export const anyCharacter = fc.integer({ min: 0, max: 0x10ffff - HALVES }).map(
  (n) => String.fromCodePoint(n < FIRST_HALF ? n : n + HALVES),
  (value) => {
    const point = typeof value === 'string' ? value.codePointAt(0) : undefined;
    if (point === undefined || String.fromCodePoint(point) !== value) throw new Error('not one character');
    return point < FIRST_HALF ? point : point - HALVES;
  },
);

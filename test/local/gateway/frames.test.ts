import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameInspector } from '../../../local/gateway/frames.ts';
import { MAX_FRAME_BYTES, MAX_MESSAGE_BYTES } from '../../../local/gateway/limits.ts';
import { frame } from './harness.ts';

const text = (bytes: number, fin = true) => frame(1, Buffer.alloc(bytes, 'a'), { fin });
const more = (bytes: number, fin = true) => frame(0, Buffer.alloc(bytes, 'a'), { fin });

/** The code of the first breach and the number of bytes allowed before it, when `bytes` arrives cut at these places. */
function judge(bytes: Buffer, cuts: readonly number[] = []) {
  const inspect = frameInspector();
  let allowed = 0;
  for (const [at, cut] of [0, ...cuts].entries()) {
    const inspection = inspect(bytes.subarray(cut, cuts[at] ?? bytes.length));
    allowed += inspection.allowed;
    if (inspection.breach) return { code: inspection.breach.code, allowed };
  }
  return { code: undefined, allowed };
}

describe('a frame', () => {
  it('passes with exactly 32 KB', () => {
    const bytes = text(MAX_FRAME_BYTES);
    expect(judge(bytes)).toEqual({ code: undefined, allowed: bytes.length });
  });

  it('breaks the limit at one byte over 32 KB, and none of its bytes pass', () => {
    expect(judge(text(MAX_FRAME_BYTES + 1))).toEqual({ code: 1009, allowed: 0 });
  });

  it('is judged by its header, before its payload arrives', () => {
    expect(judge(text(MAX_FRAME_BYTES + 1).subarray(0, 8)).code).toBe(1009);
  });

  it('is held to the limit as a continuation frame too', () => {
    const first = text(1, false);
    expect(judge(Buffer.concat([first, more(MAX_FRAME_BYTES + 1)]))).toEqual({ code: 1009, allowed: first.length });
  });

  it('breaks the limit when its length is larger than any safe integer', () => {
    const header = Buffer.from([0x81, 0xff, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0]);
    expect(judge(header).code).toBe(1009);
  });

  it('is refused when it is binary, whatever its size', () => {
    expect(judge(frame(2, '')).code).toBe(1003);
    expect(judge(frame(2, Buffer.alloc(MAX_FRAME_BYTES + 1))).code).toBe(1003);
  });
});

describe('a message in several frames', () => {
  const pieces = (last: number) =>
    Buffer.concat([text(8192, false), ...Array.from({ length: 15 }, () => more(8192, false)), more(last)]);

  it('passes with exactly 128 KB', () => {
    const bytes = pieces(MAX_MESSAGE_BYTES - 16 * 8192);
    expect(judge(bytes)).toEqual({ code: undefined, allowed: bytes.length });
  });

  it('breaks the limit at one byte over 128 KB, in the frame that exceeds it', () => {
    expect(judge(pieces(1))).toEqual({ code: 1009, allowed: pieces(1).length - 7 });
  });

  it('does not count the control frames between its own frames', () => {
    const quarter = MAX_MESSAGE_BYTES / 4;
    const ping = frame(9, Buffer.alloc(125));
    const frames = [text(quarter, false), ping, more(quarter, false), ping, more(quarter, false), ping, more(quarter)];
    expect(judge(Buffer.concat(frames)).code).toBeUndefined();
  });

  it('is counted apart from the message before it', () => {
    const whole = Buffer.concat([text(MAX_FRAME_BYTES, false), more(MAX_FRAME_BYTES)]);
    expect(judge(Buffer.concat([whole, whole, whole])).code).toBeUndefined();
  });
});

it('gives the same verdict however the bytes are cut', () => {
  const anyFrame = fc
    .record({
      opcode: fc.constantFrom(0, 1, 1, 2, 8, 9, 10),
      bytes: fc.oneof(fc.nat(200), fc.constantFrom(0, 125, 126, 65_535, 65_536, MAX_FRAME_BYTES, MAX_FRAME_BYTES + 1)),
      fin: fc.boolean(),
      masked: fc.boolean(),
    })
    .map(({ opcode, bytes, ...flags }) => frame(opcode, Buffer.alloc(opcode < 8 ? bytes : bytes % 126), flags));
  const run = fc
    .array(anyFrame, { minLength: 1, maxLength: 6 })
    .map((frames) => Buffer.concat(frames))
    .chain((bytes) => fc.tuple(fc.constant(bytes), fc.array(fc.nat(bytes.length), { maxLength: 20 })));
  fc.assert(
    fc.property(run, ([bytes, cuts]) => {
      const whole = judge(bytes);
      const inPieces = judge(
        bytes,
        cuts.sort((a, b) => a - b),
      );
      expect(inPieces.code).toBe(whole.code);
      // Part of a header that was cut in two may have passed before the header was complete.
      expect(inPieces.allowed - whole.allowed).toBeGreaterThanOrEqual(0);
      expect(inPieces.allowed - whole.allowed).toBeLessThan(14);
    }),
  );
});

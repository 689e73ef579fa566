import { BINARY_REFUSED, type Closing, MAX_FRAME_BYTES, MAX_MESSAGE_BYTES, TOO_LARGE } from './limits.ts';

/** `allowed`: how many bytes of the chunk come before the frame that broke a rule; all of them if none did. */
export interface Inspection {
  allowed: number;
  breach?: Closing;
}

const CONTINUATION = 0x0;
const TEXT = 0x1;
const BINARY = 0x2;

/** Bytes before the payload (RFC 6455, 5.2); undefined while too few bytes have arrived to tell. */
function headerLength(header: readonly number[]): number | undefined {
  const second = header[1];
  if (second === undefined) return undefined;
  const length = second & 0x7f;
  return 2 + (length === 126 ? 2 : length === 127 ? 8 : 0) + (second & 0x80 ? 4 : 0);
}

function payloadLength(header: Buffer): number {
  const length = header.readUInt8(1) & 0x7f;
  if (length === 126) return header.readUInt16BE(2);
  if (length === 127) return Number(header.readBigUInt64BE(2));
  return length;
}

/**
 * Finds one client's frames in the bytes that it sends, however these are split, and reports the first frame for which
 * API Gateway closes the connection. `ws` limits only whole messages and never shows the size of a frame. Anything else
 * that is wrong with a frame is left to `ws`.
 */
export function frameInspector(): (chunk: Buffer) => Inspection {
  let header: number[] = [];
  let payloadLeft = 0;
  let messageBytes = 0;

  function judge(opcode: number, length: number): Closing | undefined {
    if (opcode === BINARY) return BINARY_REFUSED;
    if (opcode !== TEXT && opcode !== CONTINUATION) return undefined;
    messageBytes = length + (opcode === CONTINUATION ? messageBytes : 0);
    return length > MAX_FRAME_BYTES || messageBytes > MAX_MESSAGE_BYTES ? TOO_LARGE : undefined;
  }

  return (chunk) => {
    let at = 0;
    let frameStart = 0;
    while (at < chunk.length) {
      if (payloadLeft > 0) {
        const skipped = Math.min(payloadLeft, chunk.length - at);
        payloadLeft -= skipped;
        at += skipped;
        continue;
      }
      if (header.length === 0) frameStart = at;
      header.push(chunk.readUInt8(at++));
      if (header.length !== headerLength(header)) continue;
      const bytes = Buffer.from(header);
      header = [];
      payloadLeft = payloadLength(bytes);
      const breach = judge(bytes.readUInt8(0) & 0x0f, payloadLeft);
      if (breach) return { allowed: frameStart, breach };
    }
    return { allowed: chunk.length };
  };
}

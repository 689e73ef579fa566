import { newId, request } from '../../../client/envelope.ts';
import { FRAME_BYTES } from '../../../client/frames.ts';
import { askAgain, type Heard, type ProbeSocket } from './socket.ts';

/** A message of some size, and what is expected to happen to it. */
export interface Sized {
  name: string;
  bytes: number;
  /** The size of its frames; undefined for a single frame. */
  frameBytes: number | undefined;
  binary: boolean;
  /** The expected close code; undefined if it should be acknowledged. */
  expected: number | undefined;
}

const KB = 1_024;

/**
 * Both sides of each limit that API Gateway documents. Frames of 8 KB are what NetBackup's client is believed to send.
 */
export const SIZES: readonly Sized[] = [
  { name: '32 KB in one frame', bytes: 32 * KB, frameBytes: undefined, binary: false, expected: undefined },
  { name: '32 KB and a byte in one frame', bytes: 32 * KB + 1, frameBytes: undefined, binary: false, expected: 1009 },
  {
    name: '32 KB and a byte in frames of 8 KB',
    bytes: 32 * KB + 1,
    frameBytes: FRAME_BYTES,
    binary: false,
    expected: undefined,
  },
  { name: '128 KB in frames of 8 KB', bytes: 128 * KB, frameBytes: FRAME_BYTES, binary: false, expected: undefined },
  {
    name: '128 KB and a byte in frames of 8 KB',
    bytes: 128 * KB + 1,
    frameBytes: FRAME_BYTES,
    binary: false,
    expected: 1009,
  },
  { name: 'a binary frame', bytes: KB, frameBytes: undefined, binary: true, expected: 1003 },
];

/** Sends a NOTIFICATION of that size. It has no entries, so nothing is stored. */
export function trySize(socket: ProbeSocket, size: Sized): Promise<Heard> {
  const text = notificationOf(size.bytes);
  return askAgain(socket, size.binary ? Buffer.from(text) : text, size.frameBytes);
}

/** A NOTIFICATION without entries, padded to `bytes` with spaces, which JSON allows. */
export function notificationOf(bytes: number): string {
  const text = JSON.stringify(request('NOTIFICATION', [], newId(), Date.now()));
  return `${text.slice(0, -1)}${' '.repeat(bytes - text.length)}}`;
}

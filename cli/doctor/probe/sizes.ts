import { newId, request } from '../../../client/envelope.ts';
import { FRAME_BYTES } from '../../../client/frames.ts';
import { askAgain, type Heard, type ProbeSocket } from './socket.ts';

/** A message of a size, and what is expected to come of it. */
export interface Sized {
  name: string;
  bytes: number;
  /** Frames of so many bytes; one frame where it is undefined. */
  frameBytes: number | undefined;
  binary: boolean;
  /** The close code; undefined where it is acknowledged. */
  expected: number | undefined;
}

const KB = 1_024;

/** Both sides of each limit that API Gateway documents. In frames: as NetBackup's client is believed to send. */
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

/** Sends a NOTIFICATION of that size. It tells of nothing, so nothing is stored. */
export function trySize(socket: ProbeSocket, size: Sized): Promise<Heard> {
  const text = notificationOf(size.bytes);
  return askAgain(socket, size.binary ? Buffer.from(text) : text, size.frameBytes);
}

/** A NOTIFICATION without entries, of so many bytes: JSON may have as much space as one likes. */
export function notificationOf(bytes: number): string {
  const text = JSON.stringify(request('NOTIFICATION', [], newId(), Date.now()));
  return `${text.slice(0, -1)}${' '.repeat(bytes - text.length)}}`;
}

/** Bytes in one frame of the client, and characters in the longest text it takes (Apache Tomcat's default buffers). */
export const FRAME_BYTES = 8_192;
export const MAX_TEXT_LENGTH = 8_192;

/** No text of 8,192 characters is longer than this in UTF-8: three bytes for each of Java's characters. */
export const MAX_TEXT_BYTES = 3 * MAX_TEXT_LENGTH;

/** The bytes of a text as they go out, frame by frame. A frame may end inside a character; only the whole is UTF-8. */
export function frames(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  const count = Math.max(1, Math.ceil(bytes.length / FRAME_BYTES));
  return Array.from({ length: count }, (_, n) => bytes.subarray(n * FRAME_BYTES, (n + 1) * FRAME_BYTES));
}

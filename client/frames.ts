/**
 * Bytes in a frame of the client, and characters in the longest text that it accepts (Apache Tomcat's default buffers).
 */
export const FRAME_BYTES = 8_192;
export const MAX_TEXT_LENGTH = 8_192;

/** The longest that a text of 8,192 characters can be in UTF-8: three bytes for each of Java's characters. */
export const MAX_TEXT_BYTES = 3 * MAX_TEXT_LENGTH;

/** The bytes of a text, frame by frame. A frame may end inside a character; only the whole text is valid UTF-8. */
export function frames(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  const count = Math.max(1, Math.ceil(bytes.length / FRAME_BYTES));
  return Array.from({ length: count }, (_, n) => bytes.subarray(n * FRAME_BYTES, (n + 1) * FRAME_BYTES));
}

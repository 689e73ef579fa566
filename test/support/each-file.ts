/** What a module of tests has for one test file at a time. */
interface OfFile {
  begin(): Promise<void>;
  end(): Promise<void>;
}

const all: OfFile[] = [];

/**
 * Begins this anew before each test file that follows in this process, and ends it after each, this one too. Files may share a process,
 * which loads a module once: its own `afterAll` would be for the first file only.
 */
export const forEachFile = (one: OfFile) => void all.push(one);

/** For setup.ts, which vitest loads for each file. */
export async function beginFile(): Promise<void> {
  for (const { begin } of all) await begin();
}

export async function endFile(): Promise<void> {
  for (const { end } of all) await end();
}

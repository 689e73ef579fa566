/** Something that a module sets up for one test file at a time. */
interface OfFile {
  begin(): Promise<void>;
  end(): Promise<void>;
}

const all: OfFile[] = [];

/**
 * Calls `begin` before each later test file in this process, and `end` after each file, including this one. Files may
 * share a process, which loads a module only once: the module's own `afterAll` would run only for the first file.
 */
export const forEachFile = (one: OfFile) => void all.push(one);

/** For setup.ts, which vitest loads for every test file. */
export async function beginFile(): Promise<void> {
  for (const { begin } of all) await begin();
}

export async function endFile(): Promise<void> {
  for (const { end } of all) await end();
}

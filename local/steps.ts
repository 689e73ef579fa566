import { styleText } from 'node:util';

/** Does something and says that it is done and how long it took. */
export type Step = <T>(what: string, work: () => Promise<T>) => Promise<T>;

export function createSteps(print: (line: string) => void): Step {
  return async (what, work) => {
    const begun = performance.now();
    const result = await work();
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    print(`  ${styleText('green', '✓')} ${what} ${styleText('dim', `${seconds} s`)}`);
    return result;
  };
}

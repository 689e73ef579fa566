import { styleText } from 'node:util';

/** Does something, then prints that it is done and how long it took. Several steps may run at once. */
export type Step = <T>(what: string, work: () => Promise<T>) => Promise<T>;

/** `progress`: a terminal on which to show that time passes. */
export function createSteps(print: (line: string) => void, progress?: { write(text: string): unknown }): Step {
  const began = performance.now();
  let pending = 0;
  let timer: NodeJS.Timeout | undefined;
  const erase = () => progress?.write('\r\x1b[K');
  const tick = () => progress?.write(`\r\x1b[K  … ${Math.round((performance.now() - began) / 1000)} s`);
  return async (what, work) => {
    const begun = performance.now();
    if (pending++ === 0 && progress) timer = setInterval(tick, 500);
    try {
      const result = await work();
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      erase();
      print(`  ${styleText('green', '✓')} ${what} ${styleText('dim', `${seconds} s`)}`);
      return result;
    } finally {
      if (--pending === 0) {
        clearInterval(timer);
        erase();
      }
    }
  };
}

import { appendFileSync } from 'node:fs';
import { isAlert, isForProbe } from './is-alert.ts';
import type { Published } from './proxy/sns-rules.ts';
import type { RunObserver } from './run.ts';

/** Who hears what a run says: first what is kept for the story, from `speak` on the terminal. */
export interface Listener {
  on: Partial<RunObserver>;
  /** What the alerts topic took, and the chat topic. */
  published: readonly Published[];
  chat: readonly Published[];
  /** Functions that failed, and calls that their roles do not allow. */
  troubles: readonly string[];
  /** From now on, alerts and troubles are printed; those of before too, unless the story told of them. */
  speak(isTold: boolean): void;
}

/** `logFile`: where everything goes that functions log; without it, nowhere. */
export function createListener(print: (line: string) => void, logFile: string | undefined): Listener {
  const published: Published[] = [];
  const chat: Published[] = [];
  const troubles: string[] = [];
  let speaks = false;
  let last = '';
  let repeated = 0;
  // Streams try again several times a second: the same trouble is told once, until something else happens.
  const say = (line: string) => {
    repeated = line === last ? repeated + 1 : 0;
    last = line;
    if (repeated === 0) print(`${new Date().toISOString().slice(11, 19)} ${line}`);
    if (repeated === 1) print('         and again; functions.log has each');
  };
  const sayAlert = ({ subject }: Published) => say(`alert: ${subject}`);
  const trouble = (line: string) => (speaks ? say(line) : troubles.push(line));
  const log = (line: string) => {
    if (logFile !== undefined) appendFileSync(logFile, `${line}\n`);
  };
  return {
    published,
    chat,
    troubles,
    speak(isTold) {
      speaks = true;
      if (isTold) return;
      for (const message of published) sayAlert(message);
      for (const line of troubles) say(line);
    },
    on: {
      published(message) {
        if (isForProbe(message)) return;
        if (!speaks) (isAlert(message) ? published : chat).push(message);
        else if (isAlert(message)) sayAlert(message);
      },
      denied: ({ role, action, resource }, why) => trouble(`${role} was denied ${action} on ${resource} ${why}`),
      invoked: (functionId, failure) => failure && trouble(`${functionId} failed: ${failure}`),
      warning: log,
      log: ({ functionId, line }) => log(`${functionId} ${line}`),
    },
  };
}

import { appendFileSync } from 'node:fs';
import { isAlert, isForProbe } from './is-alert.ts';
import type { Published } from './proxy/sns-rules.ts';
import type { RunObserver } from './run.ts';

/** Listens to a run: collects what happens for the story, and prints it once `speak` was called. */
export interface Listener {
  on: Partial<RunObserver>;
  /** The messages that the alerts topic and the chat topic accepted. */
  published: readonly Published[];
  chat: readonly Published[];
  /** Functions that failed, and calls that their roles do not allow. */
  troubles: readonly string[];
  /** From now on, prints alerts and troubles. Prints earlier ones too, unless the story showed them (`isTold`). */
  speak(isTold: boolean): void;
}

/** `logFile`: the file for everything that functions log; without it, their logs are dropped. */
export function createListener(print: (line: string) => void, logFile: string | undefined): Listener {
  const published: Published[] = [];
  const chat: Published[] = [];
  const troubles: string[] = [];
  let speaks = false;
  let last = '';
  let repeated = 0;
  // Streams retry several times a second: the same trouble is printed once until something else happens.
  const say = (line: string) => {
    repeated = line === last ? repeated + 1 : 0;
    last = line;
    if (repeated === 0) print(`${new Date().toISOString().slice(11, 19)} ${line}`);
    if (repeated === 1) print('         repeated; functions.log has every occurrence');
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

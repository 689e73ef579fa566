import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { type Ask, type ChildMessage, childMessage } from './messages.ts';

/** A process of a soak. */
export interface Child {
  pid: number;
  ask(what: Ask): void;
  /** Resolves with the next message of this kind. Rejects when the process reports a failure or ends first. */
  next<K extends ChildMessage['kind']>(kind: K): Promise<Extract<ChildMessage, { kind: K }>>;
  /** Rejects when it ends. */
  ended: Promise<never>;
  /** Ends it in order, if it still runs. */
  end(): Promise<void>;
}

export interface ChildOptions {
  /** For error messages: `the client`. */
  name: string;
  argv?: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Further options of Node. */
  node?: readonly string[];
  /** A file descriptor for its output; inherited if undefined. */
  output?: number;
}

const fileOf = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Starts a program of the project with `soak/probe.ts`. `path` is relative to the project's folder. */
export function startChild(path: string, { name, argv = [], env, node = [], output }: ChildOptions): Child {
  const child = fork(fileOf(path), argv, {
    execArgv: [...node, '--expose-gc', '--import', fileOf('soak/probe.ts')],
    env,
    // A terminal sends Ctrl-C to every process of its group, and the soak decides when this one ends.
    detached: true,
    stdio: ['ignore', output ?? 'inherit', output ?? 'inherit', 'ipc'],
  });
  let gone: Error | undefined;
  const exited = once(child, 'exit').then(([code, signal]) => {
    gone = new Error(`${name} ended, with ${signal ?? `exit code ${code}`}`);
  });
  const said = (kind: ChildMessage['kind'], take: (said: ChildMessage) => void) => {
    const hear = (message: unknown) => {
      const read = v.parse(childMessage, message);
      if (read.kind !== kind && read.kind !== 'failed') return;
      child.off('message', hear);
      take(read);
    };
    child.on('message', hear);
  };
  const isOf = <K extends ChildMessage['kind']>(
    one: ChildMessage,
    kind: K,
  ): one is Extract<ChildMessage, { kind: K }> => one.kind === kind;
  const ended = exited.then(() => Promise.reject(gone));
  // A caller that does not await this learns from `next` that it ended.
  ended.catch(() => {});
  return {
    pid: child.pid ?? 0,
    ended,
    ask(what) {
      if (child.connected) child.send(what);
    },
    next: (kind) =>
      new Promise((resolve, reject) => {
        if (gone) return reject(gone);
        void exited.then(() => reject(gone));
        said(kind, (one) => {
          if (isOf(one, kind)) resolve(one);
          else if (one.kind === 'failed') reject(new Error(`${name}: ${one.why}`));
        });
      }),
    async end() {
      if (!gone) child.kill('SIGTERM');
      await exited;
    },
  };
}

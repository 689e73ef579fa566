import type { Child } from './child.ts';
import type { Window } from './messages.ts';
import { descendantsOf, usageOf } from './processes.ts';

/** What a process uses. Memory and heap are in MB. */
interface ProcessSample {
  memory: number;
  sockets?: number;
  /** Open file descriptors without sockets. */
  handles?: number;
  /** The main thread's heap after a garbage collection; only for our own programs. */
  heap?: number;
}

/** What was measured at one time. */
export interface Samples {
  /** Seconds since the sending began. */
  at: number;
  processes: Readonly<Record<string, ProcessSample>>;
  /** Since the last samples. */
  window: Window;
}

/** A process that is measured. */
export interface Watched {
  name: string;
  pid: number;
  /** Set for a process of ours, which can be asked. */
  child?: Child;
}

export const DATABASE = 'DynamoDB Local';

const MB = 1_024 * 1_024;

/** Every process of a soak, by name, including those that the run started. */
export async function watchedOf(run: Child, client: Child): Promise<Watched[]> {
  const others = (await descendantsOf(run.pid)).map(({ pid, command }) => ({ name: nameOf(command), pid }));
  return [{ name: 'run', pid: run.pid, child: run }, { name: 'client', pid: client.pid, child: client }, ...others];
}

function nameOf(command: string): string {
  // The keeper's command names DynamoDB Local, too.
  if (command.includes('keeper.js')) return `keeper of ${DATABASE}`;
  return command.includes('DynamoDBLocal.jar') ? DATABASE : command.slice(0, 40);
}

/** Measures all of them. Rejects when one is gone. `at`: seconds since the sending began. */
export async function takeSamples(watched: readonly Watched[], client: Child, at: number): Promise<Samples> {
  const saidWindow = client.next('window');
  client.ask('window');
  const processes = watched.map(async ({ name, pid, child }): Promise<[string, ProcessSample]> => {
    const heap = child && (await heapOf(child));
    const usage = await usageOf(pid);
    if (!usage) throw new Error(`${name} (process ${pid}) is gone`);
    const { memory, handles, sockets } = usage;
    return [
      name,
      {
        memory: memory / MB,
        ...(handles !== undefined && { handles }),
        ...(sockets !== undefined && { sockets }),
        ...(heap !== undefined && { heap: heap / MB }),
      },
    ];
  });
  const [{ window }, all] = await Promise.all([saidWindow, Promise.all(processes)]);
  return { at, processes: Object.fromEntries(all), window };
}

async function heapOf(child: Child): Promise<number> {
  const said = child.next('heap');
  child.ask('heap');
  return (await said).bytes;
}

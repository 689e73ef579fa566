import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

/** What the operating system reports about a process. */
export interface Usage {
  /** Resident memory, bytes. */
  memory: number;
  /**
   * Open file descriptors without sockets, and sockets. Undefined where getting them would need a tool: only Linux
   * reports them.
   */
  handles: number | undefined;
  sockets: number | undefined;
}

export interface Listed {
  pid: number;
  parent: number;
  command: string;
}

const runFile = promisify(execFile);
const IS_LINUX = process.platform === 'linux';

/** What a process uses now; undefined if it has ended. */
export async function usageOf(pid: number): Promise<Usage | undefined> {
  try {
    if (!IS_LINUX) {
      const { stdout } = await runFile('ps', ['-o', 'rss=', '-p', String(pid)]);
      return { memory: Number(stdout) * 1_024, handles: undefined, sockets: undefined };
    }
    const [status, open] = await Promise.all([readFile(`/proc/${pid}/status`, 'utf8'), openOf(pid)]);
    const sockets = open.filter((target) => target.startsWith('socket:')).length;
    const memory = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024;
    return { memory, handles: open.length - sockets, sockets };
  } catch {
    return undefined;
  }
}

/** The targets of a process's file descriptors: `socket:[4711]`. */
async function openOf(pid: number): Promise<string[]> {
  const names = await readdir(`/proc/${pid}/fd`);
  const targets = names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => undefined));
  return (await Promise.all(targets)).filter((target) => target !== undefined);
}

/** The processes that a process started, and those that they started. */
export async function descendantsOf(pid: number): Promise<Listed[]> {
  const all = await (IS_LINUX ? listOfProc() : listOfPs());
  const found: Listed[] = [];
  for (const pids = [pid]; pids.length > 0; ) {
    const parent = pids.pop();
    const children = all.filter((one) => one.parent === parent);
    found.push(...children);
    pids.push(...children.map((child) => child.pid));
  }
  return found;
}

async function listOfProc(): Promise<Listed[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const each = pids.map(async (pid): Promise<Listed[]> => {
    try {
      const [stat, command] = await Promise.all(
        ['stat', 'cmdline'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8')),
      );
      // `12 (a name) S 11 …`: the name may contain any character.
      const parent = Number(/^.*\) \S (\d+)/s.exec(stat ?? '')?.[1]);
      return [{ pid, parent, command: command?.replaceAll('\0', ' ') ?? '' }];
    } catch {
      // It has ended since its folder was listed.
      return [];
    }
  });
  return (await Promise.all(each)).flat();
}

async function listOfPs(): Promise<Listed[]> {
  const { stdout } = await runFile('ps', ['-A', '-o', 'pid=,ppid=,args='], { maxBuffer: 16 * 1_024 * 1_024 });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

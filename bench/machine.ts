import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { PROJECT } from '../local/stack/synthesize.ts';

/** What figures depend on besides the code. */
export interface Circumstances {
  /** ISO 8601, UTC. */
  at: string;
  /** Abbreviated, with `, changed` when files differ from it; `unknown` outside a repository. */
  commit: string;
  node: string;
  cpu: string;
  cores: number;
  memoryGb: number;
  system: string;
  /** Processes that wanted a core in the minute before: above 0.5, other work was running too. */
  load: number;
}

export function circumstances(): Circumstances {
  const cores = cpus();
  return {
    at: new Date().toISOString().slice(0, 16).concat('Z'),
    commit: commit(),
    node: process.version,
    cpu: cores[0]?.model ?? 'unknown',
    cores: cores.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    load: Number((loadavg()[0] ?? 0).toFixed(1)),
  };
}

function commit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: PROJECT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '-uno') === '' ? '' : ', changed');
  } catch {
    return 'unknown';
  }
}

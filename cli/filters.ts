import type { Command } from 'commander';
import { includesStatus } from '../functions/alerts/alert-settings.ts';
import { readName, readStatuses } from './options.ts';

/** What narrows an answer. Everything given must match. */
export interface Filters {
  primary?: string;
  client?: string;
  policy?: string;
  status?: string;
}

const FILTERS = {
  client: ['--client <name>', 'only this client', readName],
  policy: ['--policy <name>', 'only this policy', readName],
  status: ['--status <codes>', 'only these status codes: 1,41,150-160', readStatuses],
  primary: ['--primary <name>', 'only this primary', readName],
} as const satisfies Record<keyof Filters, unknown>;

/** Adds `--client`, `--policy`, `--status` and `--primary`, or some of them. */
export function filtered(command: Command, ...names: readonly (keyof Filters)[]): Command {
  for (const name of names) {
    const [flags, description, read] = FILTERS[name];
    command.option(flags, description, read);
  }
  return command;
}

/** The hint for a client or policy that is not known. */
export const SEE_NAMES = 'See the names with: npx nbwatch series';

/** The text for an answer without rows. Adds a hint if a client or policy was named, as it may be mistyped. */
export function noneOf(said: string, { client, policy }: Pick<Filters, 'client' | 'policy'>): string {
  return (client ?? policy) === undefined ? said : `${said}\n${SEE_NAMES}`;
}

/** Whether a name is the given one, regardless of case. True if none is given. */
export function isNamed(name: string, given: string | undefined): boolean {
  return given === undefined || given.toLowerCase() === name.toLowerCase();
}

/** Whether a status is among those asked for. True if none are given. */
export function isAmong(status: number, given: string | undefined): boolean {
  return given === undefined || includesStatus(given, status);
}

import type { Command } from 'commander';
import { takesStatus } from '../functions/alerts/alert-settings.ts';
import { readName, readStatuses } from './options.ts';

/** What narrows an answer. All that is given must fit. */
export interface Filters {
  primary?: string;
  client?: string;
  policy?: string;
  status?: string;
}

const FILTERS = {
  client: ['--client <name>', 'only of this client', readName],
  policy: ['--policy <name>', 'only of this policy', readName],
  status: ['--status <codes>', 'only with one of these status codes: 1,41,150-160', readStatuses],
  primary: ['--primary <name>', 'only of this primary', readName],
} as const satisfies Record<keyof Filters, unknown>;

/** Adds `--client`, `--policy`, `--status` and `--primary`, or some of them. */
export function filtered(command: Command, ...names: readonly (keyof Filters)[]): Command {
  for (const name of names) {
    const [flags, description, read] = FILTERS[name];
    command.option(flags, description, read);
  }
  return command;
}

/** What to do where a client or policy is not known. */
export const SEE_NAMES = 'See the names with: npx nbwatch series';

/** What is said of an answer without rows: a client or policy that was named may be mistyped. */
export function noneOf(said: string, { client, policy }: Pick<Filters, 'client' | 'policy'>): string {
  return (client ?? policy) === undefined ? said : `${said}\n${SEE_NAMES}`;
}

/** Names count however they are capitalised. Fits where none is given. */
export function isNamed(name: string, given: string | undefined): boolean {
  return given === undefined || given.toLowerCase() === name.toLowerCase();
}

/** Whether a status is among those that are asked for. */
export function isAmong(status: number, given: string | undefined): boolean {
  return given === undefined || takesStatus(given, status);
}

import type { Command } from 'commander';
import { createProgram } from '../../cli/program.ts';

/** The whole program, with commands that do nothing. */
export function idleProgram(): Command {
  const program = createProgram({ out: () => {}, err: () => {} }, async () => {});
  for (const { command } of leaves(program, [])) command.action(() => {});
  return program;
}

/** Every command without subcommands, with the words that name it. */
export function leaves(command: Command, words: readonly string[]): { command: Command; words: readonly string[] }[] {
  if (command.commands.length === 0) return [{ command, words }];
  return command.commands.flatMap((sub) => leaves(sub, [...words, sub.name()]));
}

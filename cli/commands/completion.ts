import { Argument, type Command } from 'commander';
import { completionScript, SHELLS, type Shell } from '../completion.ts';
import { examples } from '../options.ts';
import type { Streams } from '../program.ts';

const HELP = `
If you run nbwatch with npx in the checkout, define a function for it first:
  nbwatch() { npx nbwatch "$@"; }
Then run the line for your shell. To keep it, put both into ~/.bashrc, or into ~/.zshrc below compinit:
  source <(npx nbwatch completion bash)
  source <(npx nbwatch completion zsh)
For fish: npx nbwatch completion fish > ~/.config/fish/completions/nbwatch.fish
${examples('npx nbwatch completion bash', 'npx nbwatch completion fish > nbwatch.fish')}`;

export function addCompletionCommand(program: Command, streams: Streams): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .description('print a shell completion script for commands, options and their values')
    .addHelpText('after', HELP)
    .action((shell: Shell) => streams.out(completionScript(program, shell)));
}

import { Argument, type Command } from 'commander';
import { completionScript, SHELLS, type Shell } from '../completion.ts';
import { examples } from '../options.ts';
import type { Streams } from '../program.ts';

const HELP = `
Where nbwatch is run with npx, in the checkout, give it a name first:
  nbwatch() { npx nbwatch "$@"; }
Then, also in ~/.bashrc, or in ~/.zshrc below compinit:
  source <(npx nbwatch completion bash)
  source <(npx nbwatch completion zsh)
For fish: npx nbwatch completion fish > ~/.config/fish/completions/nbwatch.fish
${examples('npx nbwatch completion bash', 'npx nbwatch completion fish > nbwatch.fish')}`;

export function addCompletionCommand(program: Command, streams: Streams): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'which').choices(SHELLS))
    .description('print the script that lets a shell complete commands, options and what they take')
    .addHelpText('after', HELP)
    .action((shell: Shell) => streams.out(completionScript(program, shell)));
}

import { Argument, type Command } from 'commander';
import { completionScript, SHELLS, type Shell } from '../completion.ts';
import { examples } from '../options.ts';
import type { Streams } from '../program.ts';

const HELP = `
To have it in every shell, nbwatch must be found there: put node_modules/.bin of this folder on the PATH, or
alias nbwatch='npx nbwatch'. Then add to ~/.bashrc, or to ~/.zshrc below compinit:
  source <(nbwatch completion bash)
  source <(nbwatch completion zsh)
For fish: nbwatch completion fish > ~/.config/fish/completions/nbwatch.fish
${examples('nbwatch completion bash', 'nbwatch completion fish > nbwatch.fish')}`;

export function addCompletionCommand(program: Command, streams: Streams): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'which').choices(SHELLS))
    .description('print the script that lets a shell complete commands, options and what they take')
    .addHelpText('after', HELP)
    .action((shell: Shell) => streams.out(completionScript(program, shell)));
}

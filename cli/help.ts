import { type AddHelpTextContext, type AddHelpTextPosition, Command } from 'commander';

/** The width if there is no terminal. */
const USUAL_WIDTH = 80;

/** A command whose whole help, not only that of its options, keeps to the width of the terminal. */
export class WrappedCommand extends Command {
  override createCommand(name?: string): WrappedCommand {
    return new WrappedCommand(name);
  }

  override addHelpText(position: AddHelpTextPosition, text: string | ((context: AddHelpTextContext) => string)): this {
    return super.addHelpText(position, (context) => {
      const { error, command } = context;
      const { getErrHelpWidth, getOutHelpWidth } = command.configureOutput();
      const room = command.configureHelp().helpWidth ?? (error ? getErrHelpWidth : getOutHelpWidth)?.() ?? USUAL_WIDTH;
      return wrapped(typeof text === 'string' ? text : text(context), room);
    });
  }
}

/** Leaves what users copy as it is: examples and indented lines, except those that begin with a word and explain it. */
function wrapped(text: string, room: number): string {
  const end = text.search(/^Examples?:$/m);
  const prose = end === -1 ? text : text.slice(0, end);
  const help = new Command().createHelp();
  // Joins lines where a sentence goes on in the next line of the source.
  const lines = prose.replaceAll(/(?<=^\S.*[^.:\n])\n(?=\S)/gm, ' ').split('\n');
  const fitting = lines.map((line) => {
    const [, term = '', meaning = ''] = /^( +\S+(?: \S+)* {2,})(\S.*)$/.exec(line) ?? [];
    if (term !== '')
      return `${term}${help.boxWrap(meaning, room - term.length).replaceAll('\n', `\n${' '.repeat(term.length)}`)}`;
    return line.startsWith(' ') ? line : help.boxWrap(line, room);
  });
  return fitting.join('\n') + text.slice(prose.length);
}

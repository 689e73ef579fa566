import type { Alert } from './message.ts';
import { oneLine } from './words.ts';

/** Columns of an email that is read on a phone, quoted in a ticket, or printed. */
const WIDTH = 100;

/** The text of an email: the headline, the facts, lists, what to do; with the id of its message when it has one. */
export function renderText(
  { kind, headline, facts, sections = [], nextSteps, part, parts }: Alert,
  id?: string,
): string {
  const shown = Object.entries(facts).filter(([, value]) => value !== '');
  const width = Math.max(0, ...shown.map(([label]) => label.length)) + 2;
  const steps = nextSteps.map((step, index) => wrap(`${index + 1}. `, step, 2));
  const footer = [`nbwatch ${kind}`, ...(id ? [id] : []), ...(parts > 1 ? [`part ${part} of ${parts}`] : [])];
  const blocks = [
    wrap('', headline),
    shown.map(([label, value]) => wrap(`${label}:`.padEnd(width), value, 2)).join('\n'),
    ...sections.map(({ title, lines }) => [title, ...lines.map((line) => wrap('', line, 2, 4))].join('\n')),
    steps.length > 0 ? ['What to do next', ...steps].join('\n') : '',
    `--\n${footer.join(', ')}`,
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

/**
 * A command, up to the end of its sentence. It is not broken: half of a command, copied, may do more than was meant.
 */
const COMMAND = /npx nbwatch .*?(?=, |[.;] |$)/g;

/** Stands for a space in a command; `oneLine` leaves no such character in a text. */
const KEPT_SPACE = '\0';

/**
 * A text after its label, on as many lines as it needs; further lines begin where the first began, or at `hanging`. No
 * word is broken.
 */
function wrap(label: string, text: string, indent = 0, hanging = indent + label.length): string {
  const lines: string[] = [];
  let line = ' '.repeat(indent) + label;
  let isEmpty = true;
  const whole = oneLine(text).replace(COMMAND, (command) => command.replaceAll(' ', KEPT_SPACE));
  for (const word of whole.split(' ')) {
    const longer = isEmpty ? line + word : `${line} ${word}`;
    if (isEmpty || [...longer].length <= WIDTH) line = longer;
    else {
      lines.push(line.trimEnd());
      line = ' '.repeat(hanging) + word;
    }
    isEmpty = false;
  }
  return [...lines, line.trimEnd()].join('\n').replaceAll(KEPT_SPACE, ' ');
}

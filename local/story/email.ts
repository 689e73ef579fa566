/** What to show of an email on a terminal. */
export interface Excerpt {
  /** Labels of the facts to keep. */
  facts?: RegExp;
  /** How many of the next steps to keep. */
  steps?: number;
}

interface Line {
  /** `Client:`, `1.` */
  label: string;
  text: string;
}

/** An email's headline and the requested facts and next steps, on lines of at most `width` characters. */
export function excerptOf(email: string, { facts = /(?!)/, steps = 0 }: Excerpt, width: number): string[] {
  const [headline = '', table = '', ...rest] = email.split('\n\n');
  const kept = labelled(table, /^ {2}(\S[^:]*:) +(.*)$/).filter(({ label }) => facts.test(label));
  const next = labelled(rest.find((block) => block.startsWith('What to do next')) ?? '', /^ {2}(\d+\.) (.*)$/);
  const labelWidth = Math.max(0, ...kept.map(({ label }) => label.length)) + 1;
  return [
    ...wrap('', headline.replaceAll('\n', ' '), width),
    ...kept.flatMap(({ label, text }) => wrap(`  ${label.padEnd(labelWidth)}`, text, width)),
    ...(steps > 0 ? ['What to do next'] : []),
    ...next.slice(0, steps).flatMap(({ label, text }) => wrap(`  ${label} `, text, width)),
  ];
}

/** The lines of a block that begin with a label, each joined with its continuation lines. */
function labelled(block: string, form: RegExp): Line[] {
  const lines: Line[] = [];
  for (const line of block.split('\n')) {
    const [, label, text = ''] = form.exec(line) ?? [];
    const last = lines.at(-1);
    if (label !== undefined) lines.push({ label, text });
    else if (last) last.text += ` ${line.trim()}`;
  }
  return lines;
}

/** A text after its label, on as many lines as it needs. Continuation lines are indented to where the text began. */
export function wrap(label: string, text: string, width: number): string[] {
  const lines: string[] = [];
  let line = label;
  for (const word of text.split(' ')) {
    if (line.length + word.length > width && line.trim() !== label.trim()) {
      lines.push(line.trimEnd());
      line = ' '.repeat(label.length);
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}

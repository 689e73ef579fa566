import stringWidth from 'string-width';

/** What a table shows in one place. */
export type Cell = string | number | Marked;

/** A value with how it is shown. */
export interface Marked {
  text: string | number;
  /** It may be cut where a terminal is too narrow: a name or a sentence, and nothing that a command is given. */
  cuts?: boolean;
  colour?: Colour | undefined;
}

export type Colour = 'red' | 'yellow' | 'green' | 'gray';

/** What each column shows of a row, by its heading. */
export type Columns<T> = Readonly<Record<string, (row: T) => Cell>>;

/** A person's screen. */
export interface Terminal {
  /** How many columns wide it is now; undefined where nobody looks at a screen. */
  width(): number | undefined;
  /** Colours a text, where that is wanted. */
  paint(colour: Colour, text: string): string;
}

/** A file, or a program that reads. */
export const NO_TERMINAL: Terminal = { width: () => undefined, paint: (_, text) => text };

/** May be cut where a terminal is too narrow. */
export const cut = (text: string, colour?: Colour): Marked => ({ text, cuts: true, colour });

export const textOf = (cell: Cell): string | number => (typeof cell === 'object' ? cell.text : cell);

const BETWEEN = '  ';

/** No column is cut to less. */
const LEAST = 8;

/** A cell as it can be shown, and how many columns wide that is. */
interface Measured {
  text: string;
  width: number;
  colour: Colour | undefined;
}

/** A table of which rows are shown while others still come: its columns only ever grow. */
export interface Table {
  /** Makes columns wide enough for a row. */
  take(cells: readonly Cell[]): readonly Measured[];
  heading(): string;
  /** A row that was taken, as a line without its end. */
  line(row: readonly Measured[]): string;
}

export function createTable(headings: readonly string[], { width, paint }: Terminal = NO_TERMINAL): Table {
  const first = headings.map(measured);
  const widths = first.map((heading) => heading.width);
  const cuts = headings.map(() => false);
  // Widths of the columns as they are shown, and the width of the terminal that they are for.
  let known: { in: number | undefined; shown: readonly number[] } | undefined;

  function shownWidths(): readonly number[] {
    const room = width();
    if (!known || known.in !== room)
      known = { in: room, shown: room === undefined ? widths : fitted(widths, cuts, room) };
    return known.shown;
  }

  function line(row: readonly Measured[]): string {
    const shown = shownWidths();
    const places = row.map(({ text, width, colour }, column) => {
      const room = shown[column] ?? 0;
      const isCut = width > room && cuts[column] === true;
      const seen = isCut ? shortened(text, room) : text;
      const blanks = ' '.repeat(Math.max(0, room - (isCut ? stringWidth(seen) : width)));
      return `${colour === undefined || seen === '' ? seen : paint(colour, seen)}${blanks}`;
    });
    return places.join(BETWEEN).trimEnd();
  }

  return {
    take(cells) {
      const row = cells.map(measured);
      row.forEach((cell, column) => {
        const given = cells[column];
        if (typeof given === 'object' && given.cuts === true) cuts[column] = true;
        if (cell.width <= (widths[column] ?? 0)) return;
        widths[column] = cell.width;
        known = undefined;
      });
      return row;
    },
    heading: () => line(first),
    line,
  };
}

/** Takes from the widest of the columns that may be cut until all fit, or none can give more. */
function fitted(widths: readonly number[], cuts: readonly boolean[], room: number): number[] {
  const shown = widths.map((width, column) => (cuts[column] ? Math.min(width, Math.max(LEAST, room)) : width));
  const total = () => shown.reduce((sum, width) => sum + width, BETWEEN.length * (shown.length - 1));
  for (let over = total() - room; over > 0; over--) {
    const widest = shown.reduce(
      (best, width, column) => (cuts[column] && width > Math.max(LEAST, shown[best] ?? 0) ? column : best),
      -1,
    );
    if (widest === -1) break;
    shown[widest] = (shown[widest] ?? 0) - 1;
  }
  return shown;
}

const graphemes = new Intl.Segmenter();

/** A text in no more columns than these, its end left out. */
function shortened(text: string, room: number): string {
  let kept = '';
  let taken = 0;
  for (const { segment } of graphemes.segment(text)) {
    taken += stringWidth(segment);
    if (taken >= room) break;
    kept += segment;
  }
  return `${kept}…`;
}

const PLAIN = /^[ -~]*$/;

/** What is longer fills a screen however wide its characters are: to measure it takes a second for what NetBackup may send. */
const LONG = 1_000;

/** Control characters, and those that turn the direction of writing: a name must not rule a terminal, nor look like another. */
const UNSEEN = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** What cannot be seen has something to stand in for it: control characters their pictures, such as ␊. */
function measured(cell: Cell): Measured {
  const { text: given, colour } = typeof cell === 'object' ? cell : { text: cell };
  const text = String(given);
  if (PLAIN.test(text)) return { text, width: text.length, colour };
  const readable = text.replaceAll(UNSEEN, (one) => {
    const code = one.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '␡' : '�';
  });
  return { text: readable, width: readable.length > LONG ? readable.length : stringWidth(readable), colour };
}

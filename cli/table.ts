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

/** A table of which rows are shown while others still come: its columns only ever grow. */
export interface Table {
  /** Makes columns wide enough for a row. */
  makeRoomFor(cells: readonly Cell[]): void;
  heading(): string;
  /** A row as a line without its end. */
  line(cells: readonly Cell[]): string;
}

export function createTable(headings: readonly string[], { width, paint }: Terminal = NO_TERMINAL): Table {
  const widths = headings.map((heading) => stringWidth(heading));
  const cuts = headings.map(() => false);
  // Widths of the columns as they are shown, and the width of the terminal that they are for.
  let known: { in: number | undefined; shown: readonly number[] } | undefined;

  function shownWidths(): readonly number[] {
    const room = width();
    if (!known || known.in !== room)
      known = { in: room, shown: room === undefined ? widths : fitted(widths, cuts, room) };
    return known.shown;
  }

  function line(cells: readonly Cell[]): string {
    const shown = shownWidths();
    return cells
      .map((cell, column) => {
        const room = shown[column] ?? 0;
        const whole = readable(cell);
        const text = stringWidth(whole) > room && cuts[column] ? shortened(whole, room) : whole;
        const { colour } = typeof cell === 'object' ? cell : {};
        const blanks = column === cells.length - 1 ? '' : ' '.repeat(Math.max(0, room - stringWidth(text)));
        return `${colour === undefined || text === '' ? text : paint(colour, text)}${blanks}`;
      })
      .join(BETWEEN)
      .trimEnd();
  }

  return {
    makeRoomFor(cells) {
      cells.forEach((cell, column) => {
        const needed = stringWidth(readable(cell));
        if (typeof cell === 'object' && cell.cuts === true) cuts[column] = true;
        if (needed <= (widths[column] ?? 0)) return;
        widths[column] = needed;
        known = undefined;
      });
    },
    heading: () => line(headings),
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

/** Control characters, and those that turn the direction of writing: a name must not rule a terminal, nor look like another. */
const UNSEEN = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** What stands in for what cannot be seen: of control characters their pictures, such as ␊. */
function readable(cell: Cell): string {
  return String(textOf(cell)).replaceAll(UNSEEN, (one) => {
    const code = one.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '␡' : '�';
  });
}

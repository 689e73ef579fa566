import stringWidth from 'string-width';

/** The content of one table cell. */
export type Cell = string | number | Marked;

/** A value and how to show it. */
export interface Marked {
  text: string | number;
  /** The fewest columns it may be cut to on a narrow terminal; absent for values that users pass to commands. */
  least?: number;
  colour?: Colour | undefined;
}

export type Colour = 'red' | 'yellow' | 'green' | 'gray';

/** For each column, by its heading, what it shows of a row. */
export type Columns<T> = Readonly<Record<string, (row: T) => Cell>>;

/** The user's screen. */
export interface Terminal {
  /** Its present width in columns; undefined if output does not go to a screen. */
  width(): number | undefined;
  /** Colours a text, if colours are wanted. */
  paint(colour: Colour, text: string): string;
}

/** For output to a file or a program. */
export const NO_TERMINAL: Terminal = { width: () => undefined, paint: (_, text) => text };

/** A name, which may be cut on a narrow terminal. */
export const cut = (text: string, colour?: Colour): Marked => ({ text, least: 8, colour });

/** Enough columns to understand a sentence, and to show a name in full. */
const ENOUGH = 40;

/** A sentence, which may be cut less: its first words alone say nothing. */
export const sentence = (text: string): Marked => ({ text, least: ENOUGH });

export const textOf = (cell: Cell): string | number => (typeof cell === 'object' ? cell.text : cell);

const BETWEEN = '  ';

/** Begins each further line of a row. */
const INDENT = '  ';

/** A cell's text as it can be shown, and its width in columns. */
interface Measured {
  text: string;
  width: number;
  colour: Colour | undefined;
}

/** A table that shows rows while others are still coming: its columns only ever grow. */
export interface Table {
  /** Makes columns wide enough for a row. */
  take(cells: readonly Cell[]): readonly Measured[];
  heading(): string;
  /** A row that was taken, without the final line break; several lines if the terminal is too narrow for one. */
  line(row: readonly Measured[]): string;
}

export function createTable(headings: readonly string[], { width, paint }: Terminal = NO_TERMINAL): Table {
  const first = headings.map(measured);
  const widths = first.map((heading) => heading.width);
  const least = headings.map((): number | undefined => undefined);
  // The cached layout, and the terminal width that it is for.
  let known: { in: number | undefined; lines: readonly Line[] } | undefined;

  function layout(): readonly Line[] {
    const room = width();
    if (!known || known.in !== room)
      known = { in: room, lines: room === undefined ? [{ from: 0, shown: widths }] : fitted(widths, least, room) };
    return known.lines;
  }

  function place({ text, width, colour }: Measured, room: number, cuts: boolean): string {
    const isCut = width > room && cuts;
    const seen = isCut ? shortened(text, room) : text;
    const blanks = ' '.repeat(Math.max(0, room - (isCut ? stringWidth(seen) : width)));
    return `${colour === undefined || seen === '' ? seen : paint(colour, seen)}${blanks}`;
  }

  function line(row: readonly Measured[]): string {
    const lines = layout().map(({ from, shown }) => {
      const cells = row.slice(from, from + shown.length);
      const places = cells.map((cell, index) => place(cell, shown[index] ?? 0, least[from + index] !== undefined));
      return places.join(BETWEEN).trimEnd();
    });
    return lines.filter((text, index) => index === 0 || text !== '').join(`\n${INDENT}`);
  }

  return {
    take(cells) {
      const row = cells.map(measured);
      row.forEach((cell, column) => {
        const given = cells[column];
        if (typeof given === 'object' && given.least !== undefined && least[column] === undefined) {
          least[column] = given.least;
          known = undefined;
        }
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

/** Columns that share a line: the index of the first, and the width of each. */
interface Line {
  from: number;
  shown: readonly number[];
}

const widthOf = (shown: readonly number[]) =>
  shown.reduce((sum, width) => sum + width, BETWEEN.length * (shown.length - 1));

/** All columns in one line if cutting makes them fit; otherwise they fill as few lines as possible, in their order. */
function fitted(widths: readonly number[], least: readonly (number | undefined)[], room: number): Line[] {
  const one = shrunk(widths, least, room);
  if (widthOf(one) <= room) return [{ from: 0, shown: one }];
  const lines: { from: number; shown: number[] }[] = [];
  // With more than one line, no name needs to be cut.
  const wanted = widths.map((width, column) => (least[column] === undefined ? width : Math.min(width, ENOUGH)));
  for (const [column, width] of wanted.entries()) {
    const line = lines.at(-1);
    if (line && widthOf([...line.shown, width]) <= roomOf(lines.length - 1, room)) line.shown.push(width);
    else lines.push({ from: column, shown: [width] });
  }
  return lines.map(({ from, shown }, index) => {
    const to = from + shown.length;
    return { from, shown: shrunk(widths.slice(from, to), least.slice(from, to), roomOf(index, room)) };
  });
}

const roomOf = (line: number, room: number) => Math.max(1, line === 0 ? room : room - INDENT.length);

/** Narrows the widest column that may be cut, again and again, until all fit or none can be cut further. */
function shrunk(widths: readonly number[], least: readonly (number | undefined)[], room: number): number[] {
  const shown = widths.map((width, column) => (least[column] === undefined ? width : Math.min(width, room)));
  for (let over = widthOf(shown) - room; over > 0; over--) {
    const widest = shown.reduce(
      (best, width, column) => (width > Math.max(least[column] ?? width, shown[best] ?? 0) ? column : best),
      -1,
    );
    if (widest === -1) break;
    shown[widest] = (shown[widest] ?? 0) - 1;
  }
  return shown;
}

const graphemes = new Intl.Segmenter();

/** A text cut at its end to fit into `room` columns. */
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

/**
 * Longer texts are not measured: they fill a screen anyway, and measuring the longest that NetBackup may send takes a
 * second.
 */
const LONG = 1_000;

/**
 * Control characters, and those that change the direction of writing: a name must not control a terminal or pass for
 * another.
 */
const UNSEEN = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Replaces what cannot be seen: control characters by their pictures, such as ␊, and others by �. */
export function readable(text: string): string {
  return text.replaceAll(UNSEEN, (one) => {
    const code = one.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '␡' : '�';
  });
}

/** JSON with all such characters escaped: the same value for a program, and nothing that a terminal obeys. */
export function jsonLine(value: unknown): string {
  const escaped = (one: string) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `${JSON.stringify(value).replaceAll(UNSEEN, escaped)}\n`;
}

function measured(cell: Cell): Measured {
  const { text: given, colour } = typeof cell === 'object' ? cell : { text: cell };
  const text = String(given);
  if (PLAIN.test(text)) return { text, width: text.length, colour };
  const shown = readable(text);
  return { text: shown, width: shown.length > LONG ? shown.length : stringWidth(shown), colour };
}

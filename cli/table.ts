import stringWidth from 'string-width';

/** What a table shows in one place. */
export type Cell = string | number | Marked;

/** A value with how it is shown. */
export interface Marked {
  text: string | number;
  /** To how many columns it may be cut where a terminal is too narrow; absent for what a command is given. */
  least?: number;
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

/** A name: it may be cut where a terminal is too narrow. */
export const cut = (text: string, colour?: Colour): Marked => ({ text, least: 8, colour });

/** In so many columns a sentence can be understood, and a name is whole. */
const ENOUGH = 40;

/** So may a sentence, which says nothing by its first words. */
export const sentence = (text: string): Marked => ({ text, least: ENOUGH });

export const textOf = (cell: Cell): string | number => (typeof cell === 'object' ? cell.text : cell);

const BETWEEN = '  ';

/** What begins a line that goes on with a row. */
const INDENT = '  ';

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
  /** A row that was taken, without the end of its line: of several lines where a terminal is too narrow for one. */
  line(row: readonly Measured[]): string;
}

export function createTable(headings: readonly string[], { width, paint }: Terminal = NO_TERMINAL): Table {
  const first = headings.map(measured);
  const widths = first.map((heading) => heading.width);
  const least = headings.map((): number | undefined => undefined);
  // How the columns are shown, and the width of the terminal that this is for.
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

/** Columns that stand in one line: which is the first, and how wide each is shown. */
interface Line {
  from: number;
  shown: readonly number[];
}

const widthOf = (shown: readonly number[]) =>
  shown.reduce((sum, width) => sum + width, BETWEEN.length * (shown.length - 1));

/** All columns in one line if what may be cut can be cut to fit; else in as few as they take one after the other. */
function fitted(widths: readonly number[], least: readonly (number | undefined)[], room: number): Line[] {
  const one = shrunk(widths, least, room);
  if (widthOf(one) <= room) return [{ from: 0, shown: one }];
  const lines: { from: number; shown: number[] }[] = [];
  // Where there is more than one line, no name needs to be cut.
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

/** Takes from the widest of the columns that may be cut until all fit, or none can give more. */
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
export function readable(text: string): string {
  return text.replaceAll(UNSEEN, (one) => {
    const code = one.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '␡' : '�';
  });
}

/** As JSON, in which each of them is escaped: the same value for a program, and nothing that a terminal obeys. */
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

import { Writable } from 'node:stream';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { renderTable } from '../../cli/output.ts';
import { LOOK_AHEAD, type PrintOptions, printRows } from '../../cli/print.ts';
import { ReaderGone, streamsOf } from '../../cli/streams.ts';
import { type Cell, type Columns, cut, sentence, type Terminal } from '../../cli/table.ts';
import { anyCharacter } from '../support/any-character.ts';

interface Client {
  name: string;
  jobs: number;
}

const COLUMNS: Columns<Client> = {
  id: ({ jobs }) => jobs,
  client: ({ name }) => cut(name, 'red'),
  seen: () => '-',
};

/** What `printRows` prints for these rows. */
async function printed(
  rows: Iterable<Client> | AsyncIterable<Client>,
  options: Partial<PrintOptions> = {},
  terminal?: Terminal,
) {
  let out = '';
  let err = '';
  const streams = {
    out(text: string) {
      out += text;
    },
    err(text: string) {
      err += text;
    },
  };
  await printRows(rows, COLUMNS, { none: 'None.', ...options }, terminal ? { ...streams, terminal } : streams);
  return { out, err, lines: out.split('\n').slice(0, -1) };
}

const screen = (columns: number, paint: Terminal['paint'] = (_, text) => text): Terminal => ({
  width: () => columns,
  paint,
});

async function* clients(count: number, asked: (index: number) => void = () => {}): AsyncGenerator<Client> {
  for (let index = 0; index < count; index++) {
    asked(index);
    yield { name: `sql${index}`, jobs: index };
  }
}

const never = () => new Promise<void>(() => {});

describe('rows are printed as they come', () => {
  it.each(['json', 'csv', 'table'])('as %s: asks for the next row once the last is written', async (format) => {
    const far = 2 * LOOK_AHEAD;
    let asked = 0;
    let lines = 0;
    let unwritten = 0;
    const most = { unwritten: 0, ahead: 0 };
    const out = async (text: string) => {
      lines += text.split('\n').length - 1;
      unwritten++;
      most.unwritten = Math.max(most.unwritten, unwritten);
      // Longer than printing would take to ask for all rows without waiting.
      await new Promise(setImmediate);
      most.ahead = Math.max(most.ahead, asked - lines);
      unwritten--;
    };
    const options = { json: format === 'json', csv: format === 'csv', none: '', patience: never };
    await printRows(
      clients(far, () => asked++),
      COLUMNS,
      options,
      { out, err: () => {} },
    );
    // Only one row is being written, and none was asked for ahead.
    expect(most).toEqual({ unwritten: 1, ahead: 0 });
    expect(asked).toBe(far);
    expect(lines).toBe(format === 'json' ? far : far + 1);
  });

  it('the first row is shown although the next one takes long', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    async function* slow() {
      yield { name: 'sql01', jobs: 1 };
      await held;
      yield { name: 'a-longer-name', jobs: 2 };
    }
    const lines: string[] = [];
    const out = (text: string) => {
      lines.push(...text.trimEnd().split('\n'));
      release();
    };
    await printRows(slow(), COLUMNS, { none: '', patience: async () => {} }, { out, err: () => {} });
    // A wider value that comes later is whole, and widens its column from there on.
    expect(lines).toEqual(['id  client  seen', '1   sql01   -', '2   a-longer-name  -']);
  });

  it('the source of the rows is closed when the reader has gone', async () => {
    let closed = false;
    async function* source() {
      try {
        yield* clients(9);
      } finally {
        closed = true;
      }
    }
    const out = async () => {
      throw new ReaderGone();
    };
    await expect(printRows(source(), COLUMNS, { none: '' }, { out, err: () => {} })).rejects.toThrow(ReaderGone);
    expect(closed).toBe(true);
  });

  it.each(['json', 'csv', 'table'])('as %s: the rows before a failure are printed', async (format) => {
    async function* failing() {
      yield* clients(3);
      throw new Error('throttled');
    }
    let out = '';
    const options = { json: format === 'json', csv: format === 'csv', none: '', patience: never };
    const streams = {
      out(text: string) {
        out += text;
      },
      err() {},
    };
    await expect(printRows(failing(), COLUMNS, options, streams)).rejects.toThrow('throttled');
    expect(out).toContain('sql2');
  });

  it('without rows, a table says so on standard error, CSV has only its heading, and JSON is empty', async () => {
    expect(await printed([])).toEqual({ out: '', err: 'None.\n', lines: [] });
    expect(await printed([], { csv: true })).toMatchObject({ out: 'id,client,seen\r\n', err: '' });
    expect(await printed([], { json: true })).toMatchObject({ out: '', err: '' });
  });
});

describe('a table', () => {
  it('fits the terminal whatever names are in it, and shows whole the names that fit', async () => {
    const name = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.string({ unit: anyCharacter, maxLength: 60 }),
    );
    const rows = fc.array(fc.record({ name, jobs: fc.nat() }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 30, max: 100 }), async (some, columns) => {
        const { lines } = await printed(some, {}, screen(columns));
        expect(lines).toHaveLength(some.length + 1);
        for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
        some.forEach(({ jobs, name }, index) => {
          expect(lines[index + 1]).toMatch(new RegExp(`^${jobs} `));
          if (/^\w+$/.test(name) && name.length < columns - 20) expect(lines[index + 1]).toContain(` ${name} `);
        });
      }),
      { numRuns: 50 },
    );
  });

  it('cuts only names: numbers and ids are whole on the narrowest terminal, and columns without room go below', async () => {
    const { lines } = await printed([{ name: 'a-client-with-a-long-name', jobs: 1_234_567_890_123 }], {}, screen(20));
    expect(lines).toEqual(['id', '  client', '  seen', '1234567890123', '  a-client-with-a-l…', '  -']);
  });

  it('fits whatever its columns are, and leaves whole the plain texts, which may be copied into a command', () => {
    const word = fc.stringMatching(/^[a-z]{1,50}$/);
    const kind = fc.constantFrom<((text: string) => Cell)[]>((text) => text, cut, sentence);
    const rows = fc
      .array(kind, { minLength: 1, maxLength: 11 })
      .chain((kinds) => fc.array(fc.tuple(...kinds.map((as) => word.map(as))), { minLength: 1, maxLength: 4 }));
    fc.assert(
      fc.property(rows, fc.integer({ min: 52, max: 200 }), (some, columns) => {
        const named = some.map((cells) => Object.fromEntries(cells.map((one, index) => [`column ${index}`, one])));
        const shown = renderTable(named, screen(columns));
        for (const line of shown.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
        for (const whole of some.flat()) if (typeof whole === 'string') expect(shown).toContain(whole);
      }),
      { numRuns: 100 },
    );
  });

  it('shows the id and the subject of a sent message whole, on 80 columns below the other columns', () => {
    const message = {
      'sent (UTC)': '2026-11-23 19:00:12',
      kind: 'FailureDigest',
      severity: 'error',
      reports: 12,
      subject: sentence('nbwatch: berlin: 12 backups failed, most of them with status 41 (network)'),
      id: '1795462413034-8d0c2f61b7a94e5d8d0c2f61b7a94e5d',
    };
    expect(renderTable([message], screen(80)).split('\n').slice(3)).toEqual([
      '2026-11-23 19:00:12  FailureDigest  error     12',
      `  ${message.subject.text}`,
      `  ${message.id}`,
    ]);
    expect(renderTable([message], screen(200)).split('\n')).toHaveLength(2);
    expect(renderTable([message]).split('\n')).toHaveLength(2);
  });

  it('cuts nothing when the output is not a terminal', async () => {
    const name = 'x'.repeat(5_000);
    expect((await printed([{ name, jobs: 1 }])).lines[1]).toContain(name);
  });

  it('aligns wide characters, and shows control characters instead of passing them on', async () => {
    const rows = [
      { name: '東京', jobs: 1 },
      { name: '\u001b[2Jx\ny\u202e', jobs: 2 },
    ];
    expect((await printed(rows)).lines.slice(1)).toEqual(['1   東京      -', '2   ␛[2Jx␊y�  -']);
  });

  it('colours a value but not the blanks beside it, and nothing in CSV and JSON', async () => {
    const terminal = screen(80, (colour, text) => `<${colour}>${text}</>`);
    const rows = [{ name: 'a', jobs: 1 }];
    expect((await printed(rows, {}, terminal)).lines[1]).toBe('1   <red>a</>       -');
    for (const options of [{ csv: true }, { json: true }])
      expect((await printed(rows, options, terminal)).out).not.toContain('red');
  });
});

describe('CSV', () => {
  it('follows RFC 4180, with the columns of the table uncut, and empty where the table has a dash', async () => {
    const rows = [{ name: 'a "b", c\nd', jobs: 1 }];
    expect((await printed(rows, { csv: true })).out).toBe('id,client,seen\r\n1,"a ""b"", c\nd",\r\n');
  });

  it.each(['two\nlines', 'a carriage\rreturn', 'both\r\nof them', 'x\n=cmd|calc!A0'])(
    'quotes a name of several lines, so that it stays in one cell and begins no row: %j',
    async (name) => {
      expect((await printed([{ name, jobs: 1 }], { csv: true })).out).toBe(`id,client,seen\r\n1,"${name}",\r\n`);
    },
  );

  it('is uncut on a terminal too, and passes no control character on; nor does JSON', async () => {
    const rows = [{ name: '\u001b[31mx\u009b\u202e', jobs: 1 }];
    expect((await printed(rows, { csv: true }, screen(10))).out).toBe('id,client,seen\r\n1,␛[31mx��,\r\n');
    const { out } = await printed(rows, { json: true }, screen(10));
    expect(out).toMatch(/^[ -~]+\n$/);
    expect(JSON.parse(out)).toEqual(rows[0]);
  });

  it.each(['=cmd|/c calc', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])(
    'prefixes a name that a spreadsheet would take for a formula: %j',
    async (name) => {
      const { out } = await printed([{ name, jobs: 1 }], { csv: true });
      expect(out.split(',').at(-2)).toMatch(/^"?'/);
      expect(out).toContain(name);
    },
  );
});

describe('the streams of a process', () => {
  /** A standard output that takes a text only when a test calls the next of `taking`. */
  function output() {
    const taking: ((error?: Error) => void)[] = [];
    const stdout = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => void taking.push(done) });
    return { taking, streams: streamsOf(stdout, new Writable({ write: (_chunk, _encoding, done) => done() })) };
  }
  const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });

  it('finish writing a text only when the system has taken it', async () => {
    const { streams, taking } = output();
    let done = false;
    const written = Promise.resolve(streams.out('a')).then(() => {
      done = true;
    });
    await new Promise(setImmediate);
    expect(done).toBe(false);
    taking.shift()?.();
    await written;
  });

  it('reject a later write with ReaderGone when the reader has gone during one that nobody awaited', async () => {
    const { streams, taking } = output();
    void streams.out('nobody waits for this');
    taking.shift()?.(gone);
    await new Promise(setImmediate);
    await expect(streams.out('')).rejects.toThrow(ReaderGone);
  });

  it('reject a write with any other error of the output', async () => {
    const { streams, taking } = output();
    const written = streams.out('a');
    taking.shift()?.(new Error('no space left'));
    await expect(written).rejects.toThrow('no space left');
  });
});

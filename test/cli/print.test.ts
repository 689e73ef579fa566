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

/** What is printed of these rows. */
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
  it.each(['json', 'csv', 'table'])('as %s: the next is only asked for when the last was written', async (format) => {
    const far = 2 * LOOK_AHEAD;
    let asked = 0;
    let lines = 0;
    let unwritten = 0;
    const most = { unwritten: 0, ahead: 0 };
    const out = async (text: string) => {
      lines += text.split('\n').length - 1;
      unwritten++;
      most.unwritten = Math.max(most.unwritten, unwritten);
      // Longer than who does not wait takes to ask for all.
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
    // What is being written, and nothing that nobody took before.
    expect(most).toEqual({ unwritten: 1, ahead: 0 });
    expect(asked).toBe(far);
    expect(lines).toBe(format === 'json' ? far : far + 1);
  });

  it('a first row is shown although the next takes long', async () => {
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
    // What comes later and is wider makes its column wider from there on, and is whole.
    expect(lines).toEqual(['id  client  seen', '1   sql01   -', '2   a-longer-name  -']);
  });

  it('the source is closed when the reader has gone', async () => {
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

  it.each(['json', 'csv', 'table'])('as %s: what came before a failure is there', async (format) => {
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

  it('of none, a table says so on standard error, and CSV has its heading all the same', async () => {
    expect(await printed([])).toEqual({ out: '', err: 'None.\n', lines: [] });
    expect(await printed([], { csv: true })).toMatchObject({ out: 'id,client,seen\r\n', err: '' });
    expect(await printed([], { json: true })).toMatchObject({ out: '', err: '' });
  });
});

describe('a table', () => {
  it('fits the terminal, whatever names are in it, and leaves whole what it can', async () => {
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

  it('cuts names only: a number or an id is whole on the narrowest terminal, and what has no room goes below', async () => {
    const { lines } = await printed([{ name: 'a-client-with-a-long-name', jobs: 1_234_567_890_123 }], {}, screen(20));
    expect(lines).toEqual(['id', '  client', '  seen', '1234567890123', '  a-client-with-a-l…', '  -']);
  });

  it('fits whatever its columns are, and leaves whole what a command is given', () => {
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

  it('shows a message that was sent so that its id can be copied and its subject read, on 80 columns', () => {
    const message = {
      'sent (UTC)': '2026-11-23 19:00:12',
      kind: 'FailureDigest',
      severity: 'error',
      tells: 12,
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

  it('cuts nothing where it is not for a terminal', async () => {
    const name = 'x'.repeat(5_000);
    expect((await printed([{ name, jobs: 1 }])).lines[1]).toContain(name);
  });

  it('aligns names that are wide, and shows control characters instead of obeying them', async () => {
    const rows = [
      { name: '東京', jobs: 1 },
      { name: '\u001b[2Jx\ny\u202e', jobs: 2 },
    ];
    expect((await printed(rows)).lines.slice(1)).toEqual(['1   東京      -', '2   ␛[2Jx␊y�  -']);
  });

  it('colours the value and not the blanks beside it, and nothing in CSV and JSON', async () => {
    const terminal = screen(80, (colour, text) => `<${colour}>${text}</>`);
    const rows = [{ name: 'a', jobs: 1 }];
    expect((await printed(rows, {}, terminal)).lines[1]).toBe('1   <red>a</>       -');
    for (const options of [{ csv: true }, { json: true }])
      expect((await printed(rows, options, terminal)).out).not.toContain('red');
  });
});

describe('CSV', () => {
  it('is by RFC 4180, with the columns of the table in full, and nothing where the table has a dash', async () => {
    const rows = [{ name: 'a "b", c\nd', jobs: 1 }];
    expect((await printed(rows, { csv: true })).out).toBe('id,client,seen\r\n1,"a ""b"", c\nd",\r\n');
  });

  it.each(['two\nlines', 'a carriage\rreturn', 'both\r\nof them', 'x\n=cmd|calc!A0'])(
    'keeps a name of several lines in one cell, so that no line begins with what it says: %j',
    async (name) => {
      expect((await printed([{ name, jobs: 1 }], { csv: true })).out).toBe(`id,client,seen\r\n1,"${name}",\r\n`);
    },
  );

  it('is whole on a terminal too, which obeys no name; nor does it in JSON', async () => {
    const rows = [{ name: '\u001b[31mx\u009b\u202e', jobs: 1 }];
    expect((await printed(rows, { csv: true }, screen(10))).out).toBe('id,client,seen\r\n1,␛[31mx��,\r\n');
    const { out } = await printed(rows, { json: true }, screen(10));
    expect(out).toMatch(/^[ -~]+\n$/);
    expect(JSON.parse(out)).toEqual(rows[0]);
  });

  it.each(['=cmd|/c calc', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])(
    'is no formula to a spreadsheet: %j',
    async (name) => {
      const { out } = await printed([{ name, jobs: 1 }], { csv: true });
      expect(out.split(',').at(-2)).toMatch(/^"?'/);
      expect(out).toContain(name);
    },
  );
});

describe('the streams of a process', () => {
  /** A standard output that takes a text only when it is told to. */
  function output() {
    const taking: ((error?: Error) => void)[] = [];
    const stdout = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => void taking.push(done) });
    return { taking, streams: streamsOf(stdout, new Writable({ write: (_chunk, _encoding, done) => done() })) };
  }
  const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });

  it('are done with a text when the system has taken it', async () => {
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

  it('say that the reader has gone to who waits, and to who waits later, and disturb nobody else', async () => {
    const { streams, taking } = output();
    void streams.out('nobody waits for this');
    taking.shift()?.(gone);
    await new Promise(setImmediate);
    await expect(streams.out('')).rejects.toThrow(ReaderGone);
  });

  it('say what else went wrong', async () => {
    const { streams, taking } = output();
    const written = streams.out('a');
    taking.shift()?.(new Error('no space left'));
    await expect(written).rejects.toThrow('no space left');
  });
});

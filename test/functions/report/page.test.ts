import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import type { EndpointState } from '../../../functions/registry/endpoint.ts';
import { renderReport } from '../../../functions/report/page.ts';
import type { Report } from '../../../functions/report/report.ts';
import { reportOf } from '../../../functions/report/report-of.ts';
import { POLICY, SCRIPT } from '../../../functions/report/script.ts';
import { STYLE } from '../../../functions/report/style.ts';
import { PROJECT } from '../../../local/stack/synthesize.ts';
import { anyCharacter } from '../../support/any-character.ts';
import { must } from '../support.ts';
import { endpointOf } from '../watch/support.ts';
import { asked, DAY, each, FROM, HOUR, image, job, series, TO } from './asked.ts';

/** A report that has these names wherever it can have one. */
function reportNamed(client: string, policy: string, endpoint: string): Promise<Report> {
  const names = { clientName: client, policyName: policy };
  const at = FROM + 6 * DAY;
  const overdue = { primary: 'demo', client, policy, rule: 'habit', since: FROM, lastUsableAt: 0, limit: DAY } as const;
  const gone = Array.from({ length: 9 }, (_, night) =>
    image(at - night * DAY - HOUR, night < 2 ? at : undefined, { clientName: client, backupId: `i_${night}` }),
  );
  const entry = {
    backupId: 'x',
    createdTime: 1,
    backupTime: 1,
    clientName: client,
    clientType: 'STANDARD',
    operationId: 'DELETE',
  };
  const questions = asked({
    jobs: (primary) => each(job(FROM, { ...names, primary, status: 13, jobType: 'BACKUP', scheduleType: policy })),
    series: () => each(series({ ...names, streak: 2, lastUsableAt: 0, lastStatus: 13 })),
    overdue: () =>
      each({ ...overdue, openedAt: FROM, reminder: 0, toldAt: FROM, jobType: client, scheduleType: policy }),
    endpoints: () =>
      each({ endpoint, primary: 'demo', group: 'g', priority: 1, createdAt: 0, tokenHash: 'h', tokenUsedAt: 0 }),
    gaps: () => each({ from: FROM, to: FROM + HOUR }),
    imageEvents: () => each({ receivedAt: at, entry }),
    imagesOfClient: () => each(...gone),
  });
  const scope = { range: { from: FROM, to: TO }, now: TO, youngPercent: 50 };
  return reportOf(questions, { ...scope, primaries: ['demo', 'dr'] });
}

const hostile = fc.oneof(
  fc.constantFrom(
    '</script><script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '" onmouseover="alert(1)',
    "' style='color:red",
    '</style></title></svg><iframe src=//x>',
    '<!--',
    ']]>',
    '&lt;b&gt;&amp;',
    '\u0000\u202egnp.exe',
  ),
  fc.string({ unit: anyCharacter, minLength: 1, maxLength: 30 }),
  fc
    .array(fc.constantFrom('<', '>', '"', "'", '&', '=', '/', '!', '-', 'x', ' '), { minLength: 1, maxLength: 12 })
    .map((all) => all.join('')),
);

interface NamedElement {
  localName: string;
  attributes: { name: string }[];
}

it('no name becomes markup, wherever it stands, and a client’s name can be read as it is', async () => {
  await fc.assert(
    fc.asyncProperty(hostile, hostile, hostile, async (client, policy, endpoint) => {
      const page = renderReport(await reportNamed(client, policy, endpoint));
      const plain = renderReport(await reportNamed('client', 'policy', 'endpoint'));
      const [{ document }, { document: of }] = [parseHTML(page), parseHTML(plain)];
      // The same elements with the same attributes, whatever the names are.
      const shape = (root: typeof document) =>
        Array.from(
          root.querySelectorAll('*'),
          ({ localName, attributes }: NamedElement) => `${localName} ${attributes.map(({ name }) => name)}`,
        );
      expect(shape(document)).toEqual(shape(of));
      expect(must([...document.querySelectorAll('script')].at(0)).textContent).toBe(SCRIPT);
      const cells = Array.from(document.querySelectorAll('#job-table td'), ({ textContent }) => textContent);
      const readable = (name: string) =>
        name.toWellFormed().replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu, '\ufffd');
      expect(cells).toContain(readable(client));
    }),
    { numRuns: 25 },
  );
});

it('a page loads nothing: it links to no address, and its policy forbids all but its own script and styles', async () => {
  const page = renderReport(await reportNamed('sql01', 'nightly', 'demo'));
  const { document } = parseHTML(page);
  expect(
    document.querySelectorAll('link, img, iframe, object, embed, script[src], form, base, use, image'),
  ).toHaveLength(0);
  for (const link of document.querySelectorAll('[href]')) expect(link.getAttribute('href')).toMatch(/^#/);
  for (const link of document.querySelectorAll('a[href]'))
    expect(document.querySelector(String(link.getAttribute('href')))).toBeTruthy();
  expect(STYLE).not.toMatch(/url\(|@import/);
  expect(document.querySelector('meta[http-equiv]')?.getAttribute('content')).toBe(POLICY);
  expect(POLICY).toMatch(/^default-src 'none'/);
  expect(document.querySelectorAll('[onclick], [onload], [onerror]')).toHaveLength(0);
});

it('a range in which nothing happened has a page too, and a long range has a column for each week', async () => {
  const empty = await reportOf(asked(), {
    primaries: ['demo'],
    range: { from: FROM, to: FROM },
    now: TO,
    youngPercent: 50,
  });
  expect(renderReport(empty)).toContain('No backup ended in this period.');
  const range = { from: FROM - 200 * DAY, to: TO };
  const jobs = () => each(job(FROM, { status: 6 }), job(FROM - 150 * DAY));
  const long = await reportOf(asked({ jobs }), { primaries: ['demo'], range, now: TO, youngPercent: 50 });
  expect(renderReport(long)).toMatch(/1 policy by 31 weeks/);
});

it('the heat map says how many of the backups that count failed, and how many were stopped', async () => {
  const jobs = () =>
    each(
      ...[6, 0, 150].map((status, index) => job(FROM + index, { status, policyName: 'nightly' })),
      job(FROM, { status: 150, policyName: 'weekly' }),
    );
  const range = { from: FROM, to: TO };
  const made = await reportOf(asked({ jobs }), { primaries: ['demo'], range, now: TO, youngPercent: 50 });
  const page = renderReport(made);
  expect(page).toContain('nightly, 1 Nov 2026: 1 of 2 backups failed, 1 stopped');
  expect(page).toContain('weekly, 1 Nov 2026: 1 backup stopped, none failed');
});

describe('what a page says about feed gaps', () => {
  const ALL = 'in contact with every primary server throughout';
  const page = async (endpoints: EndpointState[], now = TO) => {
    const scope = { primaries: ['demo'], range: { from: FROM, to: TO }, now, youngPercent: 50 };
    const made = await reportOf(asked({ endpoints: () => each(...endpoints) }), scope);
    return parseHTML(renderReport(made)).document.body.textContent;
  };
  const used = (tokenUsedAt: number, other: Partial<EndpointState> = {}) =>
    endpointOf('demo', { tokenUsedAt, ...other });

  it('claims contact throughout only if an endpoint was there from the beginning of the range to its end', async () => {
    expect(await page([used(FROM)])).toContain(ALL);
    expect(await page([used(FROM + 1)])).not.toContain(ALL);
    expect(await page([used(FROM + DAY)])).toMatch(/data from demo only since 2026-11-02 00:00 UTC/);
    expect(await page([used(0, { revokedAt: TO - DAY })])).toMatch(/revoked at 2026-11-09 23:59 UTC/);
    expect(await page([used(FROM + DAY), endpointOf('demo', { endpoint: 'b', tokenUsedAt: 0 })])).toContain(ALL);
  });

  it('says that there is no data from before an endpoint connected, or of one that never did', async () => {
    for (const endpoints of [[used(TO + DAY)], [endpointOf('demo')], []]) {
      const text = await page(endpoints, TO + 2 * DAY);
      expect(text).toMatch(/no data for this period.*Feed gaps–no data for this period/s);
      expect(text).not.toMatch(/in contact/);
    }
    expect(await page([endpointOf('demo')])).toContain('demo has not connected yet');
  });

  it('claims contact now only for a range that ends about now, and not for a revoked endpoint', async () => {
    expect(await page([used(FROM)])).toContain('all servers in contact now');
    expect(await page([used(FROM)], TO + DAY)).not.toContain('in contact now');
    expect(await page([used(FROM, { revokedAt: TO - DAY })])).toContain('1 server not connected');
  });
});

it('the JSON conforms to docs/report.schema.json, and has no field that the schema does not describe', async () => {
  const text = readFileSync(join(PROJECT, 'docs/report.schema.json'), 'utf8');
  const closed = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(closed);
    if (typeof part !== 'object' || part === null) return part;
    const all = Object.fromEntries(Object.entries(part).map(([name, value]) => [name, closed(value)]));
    return 'properties' in part && 'required' in part ? { ...all, additionalProperties: false } : all;
  };
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictTuples: false, allErrors: true });
  const validate = ajv.compile(closed(JSON.parse(text)) as object);
  const full = JSON.parse(JSON.stringify(await reportNamed('sql01', 'nightly', 'demo')));
  expect(validate(full), ajv.errorsText(validate.errors)).toBe(true);
  for (const list of [
    'failing',
    'overdue',
    'unprotected',
    'young',
    'gaps',
    'endpoints',
    'jobs',
    'policies',
    'statuses',
  ])
    expect(full[list].length).toBeGreaterThan(0);
  expect(validate({ ...full, more: 1 })).toBe(false);
});

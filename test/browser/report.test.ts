import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runOutcome } from '../../functions/records/series.ts';
import { renderReport } from '../../functions/report/page.ts';
import { createReportQuestions } from '../../functions/report/questions.ts';
import type { Report } from '../../functions/report/report.ts';
import { reportOf } from '../../functions/report/report-of.ts';
import { testTables } from '../functions/questions/received.ts';
import { allItems } from '../functions/support.ts';
import { type Browser, CHROMIUM, hasChromium, openBrowser } from './browser.ts';
import { DAY, NOW, writeMonth } from './month.ts';

const isRequired = process.env.CI === 'true';
if (!hasChromium() && !isRequired)
  console.warn(`The report is not tried in a browser: there is no ${CHROMIUM}. NBWATCH_CHROMIUM names another.`);

/** Must not become markup, and is as long as a name can be expected to be without a place to break it. */
const HOSTILE = `</script><img src=x onerror=alert(1)>${'x'.repeat(300)}`;
const DAYS = 12;
const RANGE = { from: NOW - DAYS * DAY, to: NOW };
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.skipIf(!hasChromium() && !isRequired)('a report in a browser', () => {
  let browser: Browser;
  let report: Report;
  let tables: Awaited<ReturnType<typeof testTables>>['tables'];
  const folder = mkdtempSync(join(tmpdir(), 'nbwatch-report-'));
  const url = pathToFileURL(join(folder, 'report.html')).href;
  const requests: string[] = [];
  const troubles: string[] = [];

  beforeAll(async () => {
    ({ tables } = await testTables());
    await writeMonth(tables, DAYS, 7, HOSTILE);
    const scope = { primaries: ['berlin', 'munich', 'canary'], range: RANGE, now: NOW, youngPercent: 50 };
    report = await reportOf(createReportQuestions(tables, NOW), scope);
    writeFileSync(join(folder, 'report.html'), renderReport(report));
    browser = await openBrowser();
    browser.context.on('request', (request) => requests.push(request.url()));
    browser.page.on('console', (message) => troubles.push(message.text()));
    browser.page.on('pageerror', (error) => troubles.push(error.message));
    browser.page.on('dialog', (dialog) => {
      troubles.push(dialog.message());
      void dialog.dismiss();
    });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The figure of a tile. */
  const figure = (title: string) =>
    browser.page.locator('.tiles > div', { has: browser.page.getByText(title, { exact: true }) }).locator('.figure');
  const rows = () => browser.page.locator('#job-table tbody tr:not([hidden])');
  const column = async (index: number) => rows().locator(`> :nth-child(${index})`).allTextContents();

  it('loads nothing but itself, and causes no message or error', async () => {
    await browser.page.goto(url);
    expect(await browser.page.title()).toMatch(/^Backup report .*2 primary servers$/);
    expect(await browser.page.locator('main svg[role=img]').count()).toBe(4);
    expect(requests).toEqual([url]);
    expect(troubles).toEqual([]);
  });

  it('shows the figures that follow from the tables', async () => {
    // Counted again from the items, without the code of the report except for what a status means.
    const records = await allItems(tables.client, tables.records);
    const inRange = (at: unknown) => Number(at) >= RANGE.from && Number(at) <= RANGE.to;
    const runs = records.filter(
      ({ sk, primary, receivedAt }) => String(sk).startsWith('run#') && primary !== 'canary' && inRange(receivedAt),
    );
    const ended = (outcome: string) => runs.filter(({ status }) => runOutcome(Number(status)) === outcome).length;
    const [usable, failed] = [ended('usable'), ended('failed')];
    const facts = await allItems(tables.client, tables.ledger);
    const images = (operation: string) =>
      facts.filter(
        ({ entry, receivedAt }) => String(entry).includes(`"operationId":"${operation}"`) && inRange(receivedAt),
      ).length;
    const failing = records.filter(
      ({ sk, streak, primary }) => sk === 'series' && Number(streak) > 0 && primary !== 'canary',
    );
    expect(failed).toBeGreaterThan(10);
    const shown = async (title: string) => Number((await figure(title).textContent())?.replaceAll(',', ''));
    expect(await shown('Backups ended')).toBe(runs.length);
    expect(await shown('Backups failed')).toBe(failed);
    expect(await shown('Failing now')).toBe(failing.length);
    expect(await shown('Images created')).toBe(images('CREATE'));
    expect(await shown('Feed gaps')).toBe(2);
    expect(await shown('Young images removed')).toBeGreaterThan(0);
    const rate = Math.floor((usable / (usable + failed)) * 1000) / 10;
    expect(await figure('Success rate').textContent()).toBe(`${rate.toFixed(1)} %`);
    expect(await rows().count()).toBe(report.jobs.length);
    expect(await browser.page.locator('body').textContent()).not.toContain('canary');
    expect(await browser.page.locator('body').textContent()).toContain(HOSTILE);
  });

  it('can be searched and sorted by keyboard, and says how many rows it shows', async () => {
    const { page } = browser;
    const all = await rows().count();
    await page.getByRole('searchbox', { name: 'Search' }).focus();
    await page.keyboard.type('BERLIN 156');
    const found = await rows().count();
    expect(found).toBeGreaterThan(0);
    expect(found).toBeLessThan(all);
    expect(await page.getByRole('status').textContent()).toBe(`${found} of ${all} shown`);
    for (const text of await rows().allTextContents()) expect(text).toMatch(/berlin.*156/s);
    await page.keyboard.press('Control+A');
    await page.keyboard.press('Delete');
    expect(await rows().count()).toBe(all);
    // The next stops are the table, which scrolls, and the heading of its first column.
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const ids = (await column(1)).map(Number);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(await page.locator('#job-table th[aria-sort]').allTextContents()).toEqual(['Job']);
    await page.keyboard.press('Space');
    expect((await column(1)).map(Number)).toEqual(ids.toReversed());
    expect(await page.locator('#job-table th[aria-sort=descending]').textContent()).toBe('Job');
    await page.locator('#job-table').getByRole('button', { name: 'Received (UTC)' }).press('Enter');
    const times = await column(2);
    expect(times).toEqual(times.toSorted());
    expect(troubles).toEqual([]);
  });

  it('has no table wider than its box, however long a name is', async () => {
    const wide = await browser.page.evaluate(
      `[...document.querySelectorAll('section > .scroll, section > .long > .scroll')]
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
        .map(({ ariaLabel, scrollWidth, clientWidth }) => [ariaLabel, scrollWidth, clientWidth])`,
    );
    expect(wide).toEqual([]);
  });

  it.each(['light', 'dark'] as const)(
    'has no accessibility violation and fits a narrow screen (%s)',
    async (colorScheme) => {
      const { page } = browser;
      await page.emulateMedia({ colorScheme });
      await page.goto(url);
      // Opens the folded tables, which count too.
      for (const summary of await page.locator('summary').all()) await summary.press('Enter');
      // Evaluated outside of the page's own policy, which allows no other script.
      const violations = await page.evaluate(
        `${axe}; axe.run().then(({ violations }) => violations.map(({ id, impact, nodes }) => [id, impact, nodes[0].html]))`,
      );
      expect(violations).toEqual([]);
      await page.setViewportSize({ width: 400, height: 800 });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);
      await page.setViewportSize({ width: 1180, height: 900 });
    },
  );

  it('is printed on white, without the search box', async () => {
    const { page } = browser;
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await page.evaluate('getComputedStyle(document.documentElement).backgroundColor')).toBe(
      'rgb(255, 255, 255)',
    );
    expect(await page.getByRole('searchbox').isVisible()).toBe(false);
    expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-');
    expect(new Set(requests)).toEqual(new Set([url]));
  });
});

import { mkdtempSync } from 'node:fs';
import { chromium } from 'playwright-core';

const ctx = await chromium.launchPersistentContext(mkdtempSync('/tmp/chr-'), {
  executablePath: '/usr/bin/chromium',
  headless: true,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
  viewport: { width: 1180, height: 900 },
});
const page = ctx.pages()[0] ?? (await ctx.newPage());
page.on('console', (m) => console.log('console', m.text()));
page.on('pageerror', (e) => console.log('error', e.message));
page.on('request', (r) => console.log('req', r.url()));
for (const [name, scheme, w] of [
  ['light', 'light', 1180],
  ['dark', 'dark', 1180],
  ['phone', 'light', 400],
] as const) {
  await page.emulateMedia({ colorScheme: scheme });
  await page.setViewportSize({ width: w, height: 900 });
  await page.goto('file:///tmp/report.html');
  for (let i = 0; i < 3; i++)
    await page.screenshot({
      path: `/tmp/${name}${i}.png`,
      fullPage: true,
      clip: { x: 0, y: i * 1250, width: w, height: 1250 },
    });
}
await page.emulateMedia({ media: 'print' });
await page.pdf({ path: '/tmp/report.pdf', format: 'A4', preferCSSPageSize: true });
await page.setViewportSize({ width: 760, height: 900 });
await page.screenshot({ path: `/tmp/print.png`, fullPage: true });
await ctx.close();

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

/** Debian's Chromium, or another that NBWATCH_CHROMIUM names. */
export const CHROMIUM = process.env.NBWATCH_CHROMIUM ?? '/usr/bin/chromium';

export const hasChromium = (): boolean => existsSync(CHROMIUM);

/** Keeps the browser from sending requests of its own, so that every request is the page's. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A page in a browser with a profile of its own. */
export interface Browser {
  context: BrowserContext;
  page: Page;
  close(): Promise<void>;
}

export async function openBrowser(viewport = { width: 1180, height: 900 }): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'nbwatch-chromium-'));
  const options = { executablePath: CHROMIUM, headless: true, args: FLAGS, viewport };
  const context = await chromium.launchPersistentContext(profile, options);
  return {
    context,
    page: context.pages()[0] ?? (await context.newPage()),
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

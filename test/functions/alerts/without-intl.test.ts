import { afterEach, expect, it, vi } from 'vitest';
import { DEFAULT_ALERT_SETTINGS } from '../../../functions/alerts/alert-settings.ts';
import { EXAMPLES } from './examples.ts';
import { render } from './rendering.ts';

afterEach(() => vi.restoreAllMocks());

// The first use of Intl waits for its data, which takes longer than all else that makes a message: see docs/performance.md.
it.each(Object.entries(EXAMPLES))('a message is made without Intl where the zone is UTC: %s', (_, content) => {
  const uses = [
    vi.spyOn(Intl, 'DateTimeFormat'),
    vi.spyOn(Intl, 'NumberFormat'),
    vi.spyOn(Number.prototype, 'toLocaleString'),
    vi.spyOn(String.prototype, 'localeCompare'),
  ];
  render(content, DEFAULT_ALERT_SETTINGS);
  for (const use of uses) expect(use).not.toHaveBeenCalled();
});

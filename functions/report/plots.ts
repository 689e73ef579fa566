import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { oneLine } from '../alerts/words.ts';
import { type Html, trusted } from './html.ts';

/*
 * Plots are drawn as inline SVG when the report is made, so that nothing has to be loaded or run to see them. Colours
 * are the page's own variables, so that they follow light, dark and print.
 */

export const WIDTH = 1_000;

/** Draws a plot. `label` describes it in a sentence, for those who cannot see it. */
export function draw(label: string, options: Omit<Plot.PlotOptions, 'document'>): Html {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const common = { width: WIDTH, style: { fontSize: '13px' }, figure: false } as const;
  const svg = Plot.plot({ ...common, ...options, document });
  // Screen readers do not read out the content of an image, and the names that Plot gives groups are not meant for
  // readers.
  for (const group of svg.querySelectorAll('g[aria-label]')) group.removeAttribute('aria-label');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', oneLine(label));
  return trusted(svg.outerHTML);
}

export { Plot };

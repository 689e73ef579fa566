import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { oneLine } from '../alerts/words.ts';
import { type Html, trusted } from './html.ts';

/*
 * Plots are drawn when the report is made, into SVG that stands in the page: nothing has to be loaded or run to see them. Colours are the
 * page's own variables, so that they follow light, dark and print.
 */

export const WIDTH = 1_000;

/** Draws a plot. `label` says in a sentence what can be seen, for those who do not. */
export function draw(label: string, options: Omit<Plot.PlotOptions, 'document'>): Html {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const common = { width: WIDTH, style: { fontSize: '13px' }, figure: false } as const;
  const svg = Plot.plot({ ...common, ...options, document });
  // What is inside of an image is not read out, and what groups have for names is for no reader.
  for (const group of svg.querySelectorAll('g[aria-label]')) group.removeAttribute('aria-label');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', oneLine(label));
  return trusted(svg.outerHTML);
}

export { Plot };

import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/*
 * Plots for documents. Each SVG carries its own colours, one set for light and one for dark, because a document shows
 * it as an image that the page's styles do not reach. The same figures give the same bytes.
 */

const STYLE = `
text{font-family:sans-serif;fill:var(--text)}
svg{color:var(--text);--text:#1f2328;--muted:#59636e;--page:#fff;--target:#bc4c00;--a:#0969da;--b:#8250df;--c:#1a7f37;--d:#9a6700}
@media(prefers-color-scheme:dark){svg{--text:#f0f6fc;--muted:#9198a1;--page:#0d1117;--target:#f0883e;--a:#4493f8;--b:#ab7df8;--c:#3fb950;--d:#d29922}}
`;

/** Colours that tell the things in one plot apart. */
export const COLOURS = ['var(--a)', 'var(--b)', 'var(--c)', 'var(--d)'] as const;

const WIDTH = 760;
const HEAD = 44;

export interface Drawing {
  /** What it shows, with the unit. */
  title: string;
  /** What the plot shows, in a sentence, for those who see it and those who do not. */
  about: string;
  /** The meanings of the colours, in their order. */
  legend?: readonly string[];
  plot: Omit<Plot.PlotOptions, 'document' | 'title' | 'width'> & { height: number };
}

/** Draws a plot with its title, as the text of an SVG file. */
export function draw({ title, about, legend = [], plot }: Drawing): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const drawn = Plot.plot({ figure: false, width: WIDTH, style: { fontSize: '12px' }, ...plot, document });
  // Screen readers do not read the inside of an image. Plot's own styles would set another colour and font, and its
  // class is meant for a page.
  for (const group of drawn.querySelectorAll('[aria-label]')) group.removeAttribute('aria-label');
  for (const style of drawn.querySelectorAll('style')) style.remove();
  drawn.setAttribute('aria-hidden', 'true');
  drawn.setAttribute('y', String(HEAD));
  drawn.setAttribute('fill', 'var(--text)');
  drawn.removeAttribute('class');
  const height = plot.height + HEAD;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title about">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="about">${escaped(about)}</desc>`,
    `<style>${STYLE.trim()}</style>`,
    `<rect width="${WIDTH}" height="${height}" fill="var(--page)"/>`,
    `<text x="12" y="20" font-size="15" font-weight="bold">${escaped(title)}</text>`,
    ...drawLegend(legend),
    drawn.outerHTML,
    '</svg>',
    '',
  ].join('\n');
}

function drawLegend(names: readonly string[]): string[] {
  let x = 12;
  return names.flatMap((name, index) => {
    const left = x;
    x += 34 + 7 * name.length;
    return [
      `<rect x="${left}" y="29" width="11" height="11" rx="2" fill="${COLOURS[index % COLOURS.length]}"/>`,
      `<text x="${left + 16}" y="39" font-size="12">${escaped(name)}</text>`,
    ];
  });
}

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

export { Plot };

import { COLOURS, draw, Plot } from './draw.ts';

export interface Point {
  x: number;
  y: number;
  series: string;
}

export interface Lines {
  title: string;
  about: string;
  /** What the axes show, with units. */
  x: string;
  y: string;
  /** Each series has a colour, so there are at most as many of them as colours. */
  series: readonly string[];
  points: readonly Point[];
}

/** A line with points for each series, above an axis that begins at 0. */
export function linePlot({ title, about, x, y, series, points }: Lines): string {
  const coloured = points.map((point) => ({
    ...point,
    colour: COLOURS[series.indexOf(point.series) % COLOURS.length],
  }));
  return draw({
    title,
    about,
    legend: series,
    plot: {
      height: 300,
      marginLeft: 64,
      marginBottom: 44,
      marginTop: 30,
      x: { label: x, zero: true, nice: true },
      y: { label: y, zero: true, nice: true, grid: true },
      color: { type: 'identity' },
      marks: [
        Plot.ruleY([0], { stroke: 'var(--muted)' }),
        Plot.line(coloured, { x: 'x', y: 'y', z: 'series', stroke: 'colour', strokeWidth: 2 }),
        Plot.dot(coloured, { x: 'x', y: 'y', fill: 'colour', r: 4 }),
      ],
    },
  });
}

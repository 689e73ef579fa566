import type { Spread } from '../percentiles.ts';
import { COLOURS, draw, Plot } from './draw.ts';

/** A ratio with its spread, in a row of a panel; `series` distinguishes it from others of that row. */
export interface Ratio extends Spread {
  panel: string;
  row: string;
  series: string;
}

export interface Ratios {
  title: string;
  about: string;
  /** The most that a ratio may be. */
  target?: number;
  series: readonly string[];
  ratios: readonly Ratio[];
}

/**
 * Ratios as dots, with lines from the lowest round to the highest, in panels below each other. On the scale, half is as
 * far from 1 as double.
 */
export function ratioPlot({ title, about, target, series, ratios }: Ratios): string {
  const panels = [...new Set(ratios.map(({ panel }) => panel))];
  const rows = [...new Set(ratios.map(({ row }) => row))];
  const placed = ratios.map((one) => ({ ...one, y: `${one.row} ${one.series}`, colour: colourOf(series, one.series) }));
  const most = Math.max(2, ...ratios.map(({ max }) => max));
  const least = Math.min(0.5, ...ratios.map(({ min }) => min));
  const lines = rows.flatMap((row) => series.map((one) => `${row} ${one}`));
  return draw({
    title,
    about,
    legend: series,
    plot: {
      height: 60 + panels.length * (14 + lines.length * 15),
      marginLeft: 30 + Math.max(...rows.map(({ length }) => length)) * 7,
      marginRight: 12 + Math.max(...panels.map(({ length }) => length)) * 7,
      x: { type: 'log', base: 2, domain: [least, most], label: null, grid: true, tickFormat: (x: number) => `${x}` },
      y: {
        type: 'band',
        domain: lines,
        label: null,
        tickSize: 0,
        round: false,
        tickFormat: (line: string) =>
          line.endsWith(` ${series[0]}`) ? line.slice(0, -1 - (series[0] ?? '').length) : '',
      },
      fy: { domain: panels, label: null },
      color: { type: 'identity' },
      marks: [
        Plot.ruleX([1], { stroke: 'var(--muted)' }),
        ...(target === undefined
          ? []
          : [Plot.ruleX([target], { stroke: 'var(--target)', strokeDasharray: '5 3', strokeWidth: 1.5 })]),
        Plot.ruleY(placed, { x1: 'min', x2: 'max', y: 'y', fy: 'panel', stroke: 'colour', strokeWidth: 1.5 }),
        Plot.dot(placed, { x: 'median', y: 'y', fy: 'panel', fill: 'colour', r: 4 }),
      ],
    },
  });
}

const colourOf = (series: readonly string[], one: string) =>
  COLOURS[series.indexOf(one) % COLOURS.length] ?? COLOURS[0];

import { draw, Plot } from './draw.ts';

export interface Bar {
  name: string;
  value: number;
}

/**
 * Bars below each other, in the given order, each with its name before it and its value behind it. `title` says the
 * unit.
 */
export function bars({ title, about }: { title: string; about: string }, values: readonly Bar[]): string {
  const most = Math.max(...values.map(({ value }) => value));
  const longest = Math.max(...values.map(({ name }) => name.length));
  return draw({
    title,
    about,
    plot: {
      height: 40 + values.length * 22,
      marginLeft: 16 + longest * 7,
      marginRight: 60,
      x: { label: null, grid: true, domain: [0, most], ticks: 5 },
      y: { label: null, domain: values.map(({ name }) => name), tickSize: 0 },
      marks: [
        Plot.barX(values, { x: 'value', y: 'name', fill: 'var(--a)', rx: 2 }),
        Plot.text(values, { x: 'value', y: 'name', text: ({ value }) => digits(value), textAnchor: 'start', dx: 5 }),
      ],
    },
  });
}

/** As many digits as are meaningful. */
const digits = (value: number) => String(Number(value.toPrecision(3)));

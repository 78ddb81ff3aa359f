import type { Estimate } from './statistics.ts';

/** Plots as SVG text: no dependency, readable in a diff, dark enough on white and on a dark page's white card. */
const [WIDTH, HEIGHT] = [760, 420];
const MARGIN = { left: 64, right: 190, top: 44, bottom: 46 };
const COLOURS = ['#1f6feb', '#d1242f', '#1a7f37', '#9a6700', '#8250df', '#57606a', '#0a7ea4', '#bf3989'];

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const fixed = (value: number): string => value.toFixed(1);

interface Axes {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

const scale =
  ([low, high]: readonly [number, number], [from, to]: readonly [number, number]) =>
  (value: number) =>
    from + ((value - low) / (high - low || 1)) * (to - from);

const scales = ({ x, y }: Axes) => ({
  x: scale(x, [MARGIN.left, WIDTH - MARGIN.right]),
  y: scale(y, [HEIGHT - MARGIN.bottom, MARGIN.top]),
});

/** Round steps, about five of them. */
const ticks = ([low, high]: readonly [number, number]): number[] => {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, index) => (first + index) * step);
};

const frame = (
  title: string,
  labels: readonly [x: string, y: string],
  axes: Axes,
  format: (value: number) => string,
): string => {
  const { x, y } = scales(axes);
  const [left, right, bottom] = [MARGIN.left, WIDTH - MARGIN.right, HEIGHT - MARGIN.bottom];
  const horizontal = ticks(axes.y).map(
    (value) =>
      `<line x1="${left}" x2="${right}" y1="${fixed(y(value))}" y2="${fixed(y(value))}" stroke="#d0d7de"/><text x="${left - 8}" y="${fixed(y(value) + 4)}" text-anchor="end">${format(value)}</text>`,
  );
  const vertical = ticks(axes.x).map(
    (value) =>
      `<text x="${fixed(x(value))}" y="${bottom + 18}" text-anchor="middle">${String(Number(value.toFixed(2)))}</text>`,
  );
  return [
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${left}" y="24" font-size="15" font-weight="600">${escape(title)}</text>`,
    ...horizontal,
    ...vertical,
    `<text x="${(left + right) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escape(labels[0])}</text>`,
    `<text transform="translate(14 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">${escape(labels[1])}</text>`,
  ].join('\n');
};

const svg = (content: string, width = WIDTH, height = HEIGHT): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#1f2328">\n${content}\n</svg>\n`;

const asPercent = (value: number): string => `${String(Math.round(100 * value))} %`;

export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly estimate: Estimate }[];
}

/** Lines with their intervals as bands. */
export const linePlot = (title: string, labels: readonly [string, string], series: readonly Series[]): string => {
  const estimates = series.flatMap(({ points }) => points.map(({ estimate }) => estimate));
  const xs = series.flatMap(({ points }) => points.map(({ x }) => x));
  const axes: Axes = {
    x: [Math.min(...xs), Math.max(...xs)],
    y: [Math.min(0, ...estimates.map(({ low }) => low)), Math.max(0, ...estimates.map(({ high }) => high))],
  };
  const { x, y } = scales(axes);
  const drawn = series.map(({ name, points }, index) => {
    const colour = COLOURS[index % COLOURS.length] as string;
    const at = (key: keyof Estimate) => points.map((point) => `${fixed(x(point.x))},${fixed(y(point.estimate[key]))}`);
    const top = MARGIN.top + 10 + index * 20;
    return [
      `<polygon points="${[...at('low'), ...at('high').reverse()].join(' ')}" fill="${colour}" opacity="0.15"/>`,
      `<polyline points="${at('value').join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      `<rect x="${WIDTH - MARGIN.right + 16}" y="${top - 9}" width="12" height="12" fill="${colour}"/>`,
      `<text x="${WIDTH - MARGIN.right + 34}" y="${top + 1}">${escape(name)}</text>`,
    ].join('\n');
  });
  return svg([frame(title, labels, axes, asPercent), ...drawn].join('\n'));
};

/** Predicted probability against frequency; circles by count, the diagonal is perfect. */
export const calibrationPlot = (
  title: string,
  bins: readonly { readonly predicted: number; readonly observed: number; readonly count: number }[],
): string => {
  const axes: Axes = { x: [0, 1], y: [0, 1] };
  const { x, y } = scales(axes);
  const most = Math.max(...bins.map(({ count }) => count));
  const circles = bins
    .filter(({ count }) => count > 0)
    .map(
      ({ predicted, observed, count }) =>
        `<circle cx="${fixed(x(predicted))}" cy="${fixed(y(observed))}" r="${fixed(3 + 9 * Math.sqrt(count / most))}" fill="${COLOURS[0] as string}" opacity="0.7"><title>${String(count)} actions</title></circle>`,
    );
  const diagonal = `<line x1="${fixed(x(0))}" y1="${fixed(y(0))}" x2="${fixed(x(1))}" y2="${fixed(y(1))}" stroke="#57606a" stroke-dasharray="4 4"/>`;
  return svg(
    [frame(title, ['predicted P(recover)', 'share that recovered'], axes, asPercent), diagonal, ...circles].join('\n'),
  );
};

export interface HeatMap {
  readonly title: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** Per row and column; null is left empty. */
  readonly values: readonly (readonly (number | null)[])[];
}

/** Green is cheap, red is dear; the number is in the cell, so that colour is not needed to read it. */
export const heatMap = ({ title, rows, columns, values }: HeatMap): string => {
  const [left, top, cellWidth, cellHeight] = [110, 90, 58, 26];
  const known = values.flat().filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const colour = (value: number) => `hsl(${fixed(130 - 130 * ((value - low) / (high - low || 1)))} 60% 82%)`;
  const cells = values.flatMap((row, r) =>
    row.flatMap((value, c) => {
      if (value === null) return [];
      const [x, y] = [left + c * cellWidth, top + r * cellHeight];
      return [
        `<rect x="${x}" y="${y}" width="${cellWidth - 2}" height="${cellHeight - 2}" fill="${colour(value)}"/><text x="${x + cellWidth / 2 - 1}" y="${y + 17}" text-anchor="middle">${fixed(value)}</text>`,
      ];
    }),
  );
  const width = left + columns.length * cellWidth + 16;
  const height = top + rows.length * cellHeight + 16;
  const names = rows.map(
    (name, r) => `<text x="${left - 8}" y="${top + r * cellHeight + 17}" text-anchor="end">${escape(name)}</text>`,
  );
  const heads = columns.map(
    (name, c) =>
      `<text transform="translate(${left + c * cellWidth + cellWidth / 2} ${top - 8}) rotate(-35)">${escape(name)}</text>`,
  );
  const background = `<rect width="${width}" height="${height}" fill="#ffffff"/>`;
  const heading = `<text x="16" y="24" font-size="15" font-weight="600">${escape(title)}</text>`;
  return svg([background, heading, ...names, ...heads, ...cells].join('\n'), width, height);
};

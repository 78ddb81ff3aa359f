import type { LabelledSeries } from './data.ts';

const WIDTH = 1_200;
const VALUE_HEIGHT = 260;
const SCORE_HEIGHT = 90;
const MARGIN = 60;
const COLUMNS = WIDTH - 2 * MARGIN;

const escapeXml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** Four digits say enough of a value. */
const short = (value: number): string => String(Number(value.toPrecision(4)));
const dayOf = (seconds: number): string => new Date(seconds * 1_000).toISOString().slice(0, 16).replace('T', ' ');

/** Smallest and largest value per pixel column: no spike is lost, however long the series. */
const envelope = (values: readonly number[], toY: (value: number) => number): string => {
  const points: string[] = [];
  for (let column = 0; column < COLUMNS; column += 1) {
    const from = Math.floor((column * values.length) / COLUMNS);
    const to = Math.max(from + 1, Math.floor(((column + 1) * values.length) / COLUMNS));
    const slice = values.slice(from, to);
    if (slice.length === 0) continue;
    const x = MARGIN + column;
    points.push(`${x},${toY(Math.max(...slice)).toFixed(1)}`, `${x},${toY(Math.min(...slice)).toFixed(1)}`);
  }
  return points.join(' ');
};

/**
 * A metric over its score: label windows shaded, reports as vertical lines (green inside a window, red outside), the
 * unscored probation hatched grey, the threshold dashed.
 */
export const plotSeries = (
  series: LabelledSeries,
  scores: readonly number[],
  { threshold, probation }: { readonly threshold: number; readonly probation: number },
): string => {
  const { values, windows } = series;
  const x = (index: number): number => MARGIN + (index * COLUMNS) / values.length;
  const low = Math.min(...values);
  const high = Math.max(...values);
  const valueY = (value: number): number => MARGIN + VALUE_HEIGHT * (1 - (value - low) / (high - low || 1));
  const scoreTop = MARGIN + VALUE_HEIGHT + 24;
  const scoreY = (score: number): number => scoreTop + SCORE_HEIGHT * (1 - score);
  const bottom = scoreTop + SCORE_HEIGHT;
  const area = (from: number, to: number, fill: string): string =>
    `<rect x="${x(from).toFixed(1)}" y="${MARGIN}" width="${(x(to) - x(from)).toFixed(1)}" height="${bottom - MARGIN}" fill="${fill}"/>`;
  const line = (index: number, y1: number, y2: number, stroke: string): string =>
    `<line x1="${x(index).toFixed(1)}" x2="${x(index).toFixed(1)}" y1="${y1}" y2="${y2.toFixed(1)}" stroke="${stroke}"/>`;
  const label = (left: number, y: number, anchor: 'start' | 'end', text: string): string =>
    `<text x="${left}" y="${y.toFixed(1)}" text-anchor="${anchor}" fill="#57606a">${escapeXml(text)}</text>`;
  const inWindow = (index: number): boolean => windows.some(({ first, last }) => index >= first && index <= last);
  const answers = scores.flatMap((score, index) => (score > 0 ? [{ score, index }] : []));
  const reports = answers.filter(({ score, index }) => score >= threshold && index >= probation);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${bottom + MARGIN}" font-family="sans-serif" font-size="13">`,
    `<title>${escapeXml(series.name)}</title><rect width="100%" height="100%" fill="#fff"/>`,
    area(0, probation, '#f0f0f0'),
    label(MARGIN + 6, MARGIN + 14, 'start', 'not scored'),
    ...windows.map(({ first, last }) => area(first, last + 1, '#ffe9b8')),
    ...reports.map(({ index }) => line(index, MARGIN, bottom, inWindow(index) ? '#1a7f37' : '#cf222e')),
    `<polyline points="${envelope(values, valueY)}" fill="none" stroke="#1f4e8c"/>`,
    ...answers.map(({ score, index }) => line(index, bottom, scoreY(score), '#57606a')),
    `<line x1="${MARGIN}" x2="${WIDTH - MARGIN}" y1="${scoreY(threshold)}" y2="${scoreY(threshold)}" stroke="#cf222e" stroke-dasharray="4 4"/>`,
    `<text x="${MARGIN}" y="28" font-size="15">${escapeXml(series.name)}: labelled windows yellow, reports green (in a window) or red</text>`,
    label(MARGIN - 6, MARGIN + 10, 'end', short(high)),
    label(MARGIN - 6, MARGIN + VALUE_HEIGHT, 'end', short(low)),
    label(MARGIN - 6, scoreTop + 10, 'end', '1'),
    label(MARGIN - 6, scoreY(threshold) + 4, 'end', `${threshold}`),
    label(MARGIN - 6, bottom, 'end', 'score 0'),
    label(MARGIN, bottom + 20, 'start', dayOf(series.times[0] ?? 0)),
    label(WIDTH - MARGIN, bottom + 20, 'end', dayOf(series.times.at(-1) ?? 0)),
    '</svg>',
  ].join('\n');
};

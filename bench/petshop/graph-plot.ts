import type { AnalyzeEntry } from '../../core/diagnosis/analyze.ts';
import type { Case } from './dataset.ts';
import { grouped } from './evaluate.ts';

const COLUMN_WIDTH = 230;
const ROW_HEIGHT = 34;
const MARGIN = 40;

const escape = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/** Column of each node: its distance from the alarmed node; what no path reaches goes to the last column. */
const depths = ({ graph, target }: Case): Map<string, number> => {
  const depth = new Map([[target.node, 0]]);
  for (const [node, distance] of depth) {
    for (const [caller, callee] of graph.edges)
      if (caller === node && !depth.has(callee)) depth.set(callee, distance + 1);
  }
  const last = Math.max(...depth.values()) + 1;
  for (const node of graph.nodes) if (!depth.has(node)) depth.set(node, last);
  return depth;
};

/**
 * Draws the service graph with the share each node has of the alarmed node's excess, as SVG.
 *
 * The fuller a disc, the larger the share; the labelled root has a ring, the alarmed node a square frame.
 */
export const drawGraph = (item: Case, answer: readonly AnalyzeEntry[]): string => {
  const depth = depths(item);
  const columns = grouped(item.graph.nodes, (node) => depth.get(node) as number);
  const place = new Map(
    [...columns].flatMap(([column, nodes]) =>
      nodes.map(
        (node, row) => [node, { x: MARGIN + column * COLUMN_WIDTH, y: 2 * MARGIN + row * ROW_HEIGHT }] as const,
      ),
    ),
  );
  const shares = new Map(answer.map(({ node, share }) => [node, share]));
  const width = MARGIN + columns.size * COLUMN_WIDTH;
  const height = 3 * MARGIN + Math.max(...[...columns.values()].map((nodes) => nodes.length)) * ROW_HEIGHT;
  const lines = item.graph.edges.map(([from, to]) => {
    const [a, b] = [place.get(from), place.get(to)];
    return a && b ? `<path d="M${a.x} ${a.y} L${b.x} ${b.y}" stroke="#c9ced6" fill="none"/>` : '';
  });
  const discs = [...place].map(([node, { x, y }]) => {
    const share = shares.get(node) ?? 0;
    const label = node.length > 30 ? `${node.slice(0, 29)}…` : node;
    const ring =
      node === item.root ? `<circle cx="${x}" cy="${y}" r="12" fill="none" stroke="#1a7f37" stroke-width="2"/>` : '';
    const frame =
      node === item.target.node
        ? `<rect x="${x - 13}" y="${y - 13}" width="26" height="26" fill="none" stroke="#57606a"/>`
        : '';
    const text = share > 0 ? `${escape(label)} ${Math.round(share * 100)} %` : escape(label);
    return `${ring}${frame}<circle cx="${x}" cy="${y}" r="8" fill="#d1242f" fill-opacity="${share.toFixed(2)}" stroke="#57606a"/><text x="${x + 16}" y="${y + 4}">${text}</text>`;
  });
  const title = `${item.id}: ${item.metric} alarm on ${item.target.node}; ring = labelled root, fill = share of the excess`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="11">`,
    `<rect width="100%" height="100%" fill="#fff"/><text x="${MARGIN}" y="24" font-size="13">${escape(title)}</text>`,
    ...lines,
    ...discs,
    '</svg>',
  ].join('\n');
};

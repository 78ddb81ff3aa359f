import type { AnalyzeEntry } from '../../core/diagnosis/analyze.ts';
import type { Case } from './dataset.ts';
import { grouped } from './evaluate.ts';

const COLUMN_WIDTH = 240;
const ROW_HEIGHT = 40;
const MARGIN = 40;
/** As many as fit beside a disc, before the next column. */
const LABEL_LENGTH = 30;

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

/** These nodes and all that reach them. */
const ancestorsOf = ({ graph }: Case, nodes: readonly string[]): ReadonlySet<string> => {
  const found = new Set(nodes);
  for (const node of found) for (const [caller, callee] of graph.edges) if (callee === node) found.add(caller);
  return found;
};

/**
 * Draws the service graph with the share each node has of the alarmed node's excess, as SVG.
 *
 * The fuller a disc, the larger the share; the labelled root has a ring, the alarmed node a square frame. Edges on a way from the
 * alarmed node to one with a share are dark.
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
  const leadsToShare = ancestorsOf(
    item,
    [...shares].flatMap(([node, share]) => (share > 0 ? [node] : [])),
  );
  const lines = item.graph.edges.map(([from, to]) => {
    const [a, b] = [place.get(from), place.get(to)];
    if (a === undefined || b === undefined) return '';
    const isOnTheWay = leadsToShare.has(to) && (depth.get(to) ?? 0) > (depth.get(from) ?? 0);
    const bend = Math.max(30, Math.abs(b.x - a.x) / 2);
    const curve = `M${a.x} ${a.y}C${a.x + bend} ${a.y} ${b.x - bend} ${b.y} ${b.x} ${b.y}`;
    return `<path d="${curve}" stroke="${isOnTheWay ? '#57606a' : '#dde1e6'}" fill="none"/>`;
  });
  const discs = [...place].map(([node, { x, y }]) => {
    const share = shares.get(node) ?? 0;
    const label = node.length > LABEL_LENGTH ? `${node.slice(0, LABEL_LENGTH - 1)}…` : node;
    const ring =
      node === item.root ? `<circle cx="${x}" cy="${y}" r="12" fill="none" stroke="#1a7f37" stroke-width="2"/>` : '';
    const frame =
      node === item.target.node
        ? `<rect x="${x - 13}" y="${y - 13}" width="26" height="26" fill="none" stroke="#57606a"/>`
        : '';
    const disc = `<circle cx="${x}" cy="${y}" r="8" fill="#fff"/><circle cx="${x}" cy="${y}" r="8" fill="#d1242f" fill-opacity="${share.toFixed(2)}" stroke="#57606a"/>`;
    const name = `<text x="${x + 17}" y="${y + 4}" class="name">${escape(label)}</text>`;
    const part =
      share > 0 ? `<text x="${x + 17}" y="${y + 18}" class="name share">${Math.round(share * 100)} %</text>` : '';
    return `${ring}${frame}${disc}${name}${part}`;
  });
  const title = `${item.id}: ${item.metric} alarm on ${item.target.node}; ring = labelled root, fill = share of the excess`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="11">`,
    '<style>.name{paint-order:stroke;stroke:#fff;stroke-width:4px}.share{fill:#d1242f;font-weight:bold}</style>',
    `<rect width="100%" height="100%" fill="#fff"/><text x="${MARGIN}" y="24" font-size="13">${escape(title)}</text>`,
    ...lines,
    ...discs,
    '</svg>',
  ].join('\n');
};

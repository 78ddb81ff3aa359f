import { useNavigate } from 'react-router-dom';
import { useWidth } from '../../parts/use-width.ts';
import { CONDITIONS } from './conditions.ts';
import { layersOf } from './layout.ts';
import type { Topo } from './topology.tsx';

/** Two of them fit side by side on a phone. */
const NODE = { width: 146, height: 52 };
const GAP = { x: 70, y: 12 };
const PAD = 2;

interface Drawn {
  readonly id: string;
  readonly label: string;
  readonly note: string;
  readonly condition: keyof typeof CONDITIONS | 'unknown';
  readonly incidentId: string | null;
}

/** The dependency graph in layers; the same is in the table below it. On a narrow screen the layers stand below each other. */
export const Graph = ({ topology }: { readonly topology: Topo }) => {
  const [box, width] = useWidth<HTMLDivElement>(900);
  const placed = layersOf(drawnOf(topology), topology.edges);
  const layers = Math.max(...placed.map(({ layer }) => layer)) + 1;
  const rows = Math.max(...placed.map(({ row }) => row)) + 1;
  const isWide = width >= layers * NODE.width + (layers - 1) * GAP.x + 2 * PAD;
  const [across, down] = isWide ? [layers, rows] : [rows, layers];
  const at = new Map(
    placed.map(({ node, layer, row }) => {
      const [column, line] = isWide ? [layer, row] : [row, layer];
      const gap = isWide ? GAP : { x: GAP.y, y: GAP.x / 2 };
      return [node.id, { x: PAD + column * (NODE.width + gap.x), y: PAD + line * (NODE.height + gap.y) }] as const;
    }),
  );
  const gap = isWide ? GAP : { x: GAP.y, y: GAP.x / 2 };
  return (
    <div ref={box} className="k-scroll">
      <svg
        className="k-topology"
        width={across * (NODE.width + gap.x) - gap.x + 2 * PAD}
        height={down * (NODE.height + gap.y) - gap.y + 2 * PAD}
        role="group"
        aria-label="Graph of workloads; the table below holds the same"
      >
        <defs>
          <marker id="k-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path className="k-arrow" d="M0 0 8 4 0 8z" />
          </marker>
        </defs>
        {topology.edges.map(({ from, to, registered, declared }) => {
          const a = at.get(from);
          const b = at.get(to);
          if (a === undefined || b === undefined) return null;
          return (
            <path
              key={`${from}-${to}`}
              className={['k-edge', registered ? '' : 'k-edge-unknown', declared ? '' : 'k-edge-seen'].join(' ').trim()}
              d={isWide ? curveAcross(a, b) : curveDown(a, b)}
              markerEnd="url(#k-arrow)"
            />
          );
        })}
        {placed.map(({ node }) => {
          const place = at.get(node.id);
          return place === undefined ? null : <NodeBox key={node.id} node={node} {...place} />;
        })}
      </svg>
    </div>
  );
};

interface Point {
  readonly x: number;
  readonly y: number;
}

const curveAcross = (a: Point, b: Point): string => {
  const [x1, y1, x2, y2] = [a.x + NODE.width, a.y + NODE.height / 2, b.x - 2, b.y + NODE.height / 2];
  const bend = Math.max(20, (x2 - x1) / 2);
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
};

const curveDown = (a: Point, b: Point): string => {
  const [x1, y1, x2, y2] = [a.x + NODE.width / 2, a.y + NODE.height, b.x + NODE.width / 2, b.y - 2];
  const bend = Math.max(12, (y2 - y1) / 2);
  return `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`;
};

const drawnOf = ({ nodes, edges }: Topo): readonly Drawn[] => {
  const known = new Set(nodes.map(({ workloadId }) => workloadId));
  const strangers = [...new Set(edges.map(({ to }) => to))].filter((id) => !known.has(id));
  return [
    ...nodes.map(({ workloadId, condition, openIncidentId }) => ({
      id: workloadId,
      label: workloadId,
      note: CONDITIONS[condition].words,
      condition,
      incidentId: openIncidentId,
    })),
    ...strangers.map((id) => ({ id, label: id, note: 'not watched', condition: 'unknown' as const, incidentId: null })),
  ];
};

/** As many letters as a box is wide; the whole name is its title. */
const MOST_LETTERS = 18;
const shortened = (label: string): string =>
  label.length > MOST_LETTERS ? `${label.slice(0, MOST_LETTERS - 1)}…` : label;

const NodeBox = ({ node, x, y }: { readonly node: Drawn; readonly x: number; readonly y: number }) => {
  const navigate = useNavigate();
  const { incidentId } = node;
  const href = incidentId === null ? `/incidents?workload=${node.id}` : `/incidents/${incidentId}`;
  return (
    <a
      href={href}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return; // in a tab of its own
        event.preventDefault();
        void navigate(href);
      }}
    >
      <title>{node.label}</title>
      <rect className={`k-node k-node-${node.condition}`} x={x} y={y} width={NODE.width} height={NODE.height} rx={8} />
      <text className="k-node-label" x={x + 12} y={y + 21}>
        {shortened(node.label)}
      </text>
      <text className="k-node-note" x={x + 12} y={y + 40}>
        {node.note}
      </text>
    </a>
  );
};

import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { InvalidInputError } from '../../core/shared/errors.ts';

const BlockSchema = z.object({
  t: z.array(z.number()),
  v: z.array(z.array(z.number().nullable()).nullable()),
});

/** A file of the PetShop data as `../shared/data/petshop/README.md` describes it. */
const PetshopSchema = z.object({
  nodes: z.array(z.string().min(1)).min(1),
  edges: z.array(z.tuple([z.string(), z.string()])),
  columns: z.array(z.object({ node: z.string(), metric: z.string(), stat: z.string() })),
  normal: BlockSchema,
  issues: z
    .array(
      z.object({
        id: z.string(),
        target: z.object({ node: z.string(), metric: z.enum(['latency', 'availability']) }),
        rootCause: z.object({ node: z.string() }),
        injected: z.string(),
        abnormal: BlockSchema,
      }),
    )
    .min(1),
});
type Petshop = z.output<typeof PetshopSchema>;

/** What is measured of a node in one row; null where there is no sample. */
export interface Measured {
  /** Seconds. */
  readonly latency: number | null;
  /** Percent of calls that succeeded. */
  readonly availability: number | null;
  /** Calls in the row. */
  readonly requests: number | null;
}

/** A recorded incident: rows by node, first of a period without faults, then of the incident itself. */
export interface RecordedIncident {
  readonly id: string;
  readonly nodes: readonly string[];
  /** `[caller, callee]`. */
  readonly edges: readonly (readonly [string, string])[];
  /** X-Ray type per node. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly alarmed: { readonly node: string; readonly metric: 'latency' | 'availability' };
  /** What the data says was the cause: shown beside what the loop says, never given to it. */
  readonly labelledRoot: string;
  readonly injected: string;
  readonly normal: readonly Readonly<Record<string, Measured>>[];
  /** The first ended before the alarm. */
  readonly abnormal: readonly Readonly<Record<string, Measured>>[];
}

/** X-Ray types as they end the names; what has none is a service. Users and probes are no workloads. */
const TYPE_AT_END = /(?:^|_)(AWS::[A-Za-z0-9:]+|remote|client|Database::SQL)$/;
const typeOf = (node: string): string => TYPE_AT_END.exec(node)?.[1] ?? 'service';

/** Length of a row in the data, seconds. */
export const RECORDED_ROW_SECONDS = 300;

/**
 * Reads one incident of a PetShop file.
 *
 * @param number - which one, from 0 on
 * @throws InvalidInputError when the file is missing or not PetShop's, or has no such incident
 */
export const loadIncident = async (path: string, number: number): Promise<RecordedIncident> => {
  const file = await parse(path);
  const issue = file.issues[number];
  if (issue === undefined) {
    throw new InvalidInputError(`--issue ${number} is not in ${path}; allowed are 0 to ${file.issues.length - 1}.`);
  }
  const nodes = file.nodes.filter((node) => typeOf(node) !== 'client');
  return {
    id: issue.id,
    nodes,
    edges: file.edges,
    kinds: Object.fromEntries(nodes.map((node) => [node, typeOf(node)])),
    alarmed: issue.target,
    labelledRoot: issue.rootCause.node,
    injected: issue.injected,
    normal: rowsOf(file, file.normal),
    abnormal: rowsOf(file, issue.abnormal),
  };
};

const parse = async (path: string): Promise<Petshop> => {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new InvalidInputError(
      `${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}). It is not in the repository: the data is amazon-science/petshop-root-cause-analysis on GitHub, here as one JSON file per scenario, for instance ../shared/data/petshop/low_traffic.json.`,
      { cause: error },
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new InvalidInputError(`${path} is not JSON.`, { cause: error });
  }
  const parsed = PetshopSchema.safeParse(json);
  if (!parsed.success)
    throw new InvalidInputError(`${path} is not a PetShop scenario: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
};

const STATS = { latency: 'Average', availability: 'Average', requests: 'Sum' } as const;

const rowsOf = ({ nodes, columns }: Petshop, { t, v }: z.output<typeof BlockSchema>): RecordedIncident['normal'] => {
  const column = (node: string, metric: keyof typeof STATS): readonly (number | null)[] | null => {
    const index = columns.findIndex((one) => one.node === node && one.metric === metric && one.stat === STATS[metric]);
    return v[index] ?? null;
  };
  const byNode = nodes.map((node) => ({
    node,
    latency: column(node, 'latency'),
    availability: column(node, 'availability'),
    requests: column(node, 'requests'),
  }));
  return t.map((_, row) =>
    Object.fromEntries(
      byNode.map(({ node, ...columnsOf }) => [
        node,
        {
          latency: columnsOf.latency?.[row] ?? null,
          availability: columnsOf.availability?.[row] ?? null,
          requests: columnsOf.requests?.[row] ?? null,
        },
      ]),
    ),
  );
};

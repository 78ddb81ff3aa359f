import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Alarm, ServiceGraph, Series, Telemetry } from '../../core/diagnosis/telemetry.ts';

/** Block of a PetShop file: `v[c]` are the values of column `c`. */
interface Block {
  readonly t: readonly number[];
  readonly v: readonly ((number | null)[] | null)[];
}

interface PetshopFile {
  readonly nodes: readonly string[];
  readonly edges: readonly (readonly [string, string])[];
  readonly columns: readonly { readonly node: string; readonly metric: string; readonly stat: string }[];
  readonly normal: Block;
  readonly issues: readonly {
    readonly id: string;
    readonly target: Alarm & { readonly timestamp: number };
    readonly rootCause: { readonly node: string };
    readonly injected: string;
    readonly abnormal: Block;
  }[];
}

/** One question for the analyzer with its answer; `root` is null where nothing is wrong. */
export interface Case {
  readonly id: string;
  readonly scenario: string;
  readonly metric: string;
  readonly root: string | null;
  /** Metrics that count as right for the root. */
  readonly rootMetrics: readonly string[];
  readonly graph: ServiceGraph;
  readonly target: Alarm;
  readonly normal: Telemetry;
  readonly abnormal: Telemetry;
}

/** Scenarios of the open set: file name without extension. */
export const SCENARIOS = ['low_traffic', 'temporal_traffic1'] as const;

/** X-Ray types as they end the names in the open set. The judge passes them as `graph.kinds`; only this loader reads names. */
const KIND_AT_END = /(?:^|_)(AWS::[A-Za-z0-9:]+|remote|client|Database::SQL)$/;

const kindOf = (node: string): string => KIND_AT_END.exec(node)?.[1] ?? 'service';

const telemetry = ({ columns }: PetshopFile, block: Block): Telemetry => ({
  t: block.t,
  series: columns.map((column, index): Series => ({ ...column, v: block.v[index] ?? null })),
});

/**
 * Reads one scenario as cases.
 *
 * @throws Error when its file is missing, saying what it should hold
 */
export const loadScenario = (dataDir: string, scenario: string): Case[] => {
  const path = join(dataDir, 'petshop', `${scenario}.json`);
  if (!existsSync(path)) {
    throw new Error(
      `no PetShop data in '${path}'. Pass --data DIR with a folder petshop/ in it: https://github.com/amazon-science/petshop-root-cause-analysis ` +
        `(commit 1c5992d), converted to the format that README.md describes.`,
    );
  }
  const file = JSON.parse(readFileSync(path, 'utf8')) as PetshopFile;
  const normal = telemetry(file, file.normal);
  const graph = {
    nodes: file.nodes,
    edges: file.edges,
    kinds: Object.fromEntries(file.nodes.map((node) => [node, kindOf(node)])),
  };
  return file.issues.map((issue) => ({
    id: `${scenario}/${issue.id}`,
    scenario,
    metric: issue.target.metric,
    root: issue.rootCause.node,
    rootMetrics: issue.injected.includes('dynamo_db_requests')
      ? [issue.target.metric, 'requests']
      : [issue.target.metric],
    graph,
    target: issue.target,
    normal,
    abnormal: telemetry(file, issue.abnormal),
  }));
};

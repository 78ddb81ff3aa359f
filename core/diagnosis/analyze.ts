import { learnBaseline, type Baseline } from './baseline.ts';
import { diagnose } from './diagnose.ts';
import { columnKey, REQUESTS, tabulate, type Alarm, type ServiceGraph, type Telemetry } from './telemetry.ts';

/** Input of the PetShop analyzer, plus an optional stored baseline that saves reading `normal`. */
export interface AnalyzeInput {
  readonly graph: ServiceGraph;
  readonly target: Alarm;
  readonly normal: Telemetry;
  readonly abnormal: Telemetry;
  readonly baseline?: Baseline | undefined;
}

/** One entry of the answer; higher scores are more likely. */
export interface AnalyzeEntry {
  readonly node: string;
  readonly metric: string;
  readonly score: number;
  readonly share: number;
  readonly reason: string;
}

/** Learns a baseline of every column, to be stored and handed to `analyze` later. */
export const baseline = (normal: Telemetry): Baseline => learnBaseline(tabulate(normal));

/**
 * Ranks the supposed root causes of an alarm.
 *
 * @returns most likely first; empty when nothing was found
 * @throws RangeError when `target.metric` is neither latency nor availability
 */
export const analyze = (input: AnalyzeInput): AnalyzeEntry[] => {
  const { graph, target, normal, abnormal } = input;
  const columns = new Set([
    REQUESTS,
    columnKey(target.metric, 'Average'),
    columnKey(target.metric, target.stat ?? 'Average'),
  ]);
  const wanted = (column: string): boolean => columns.has(column);
  const diagnosis = diagnose({
    graph,
    alarm: target,
    baseline: input.baseline ?? learnBaseline(tabulate(normal, wanted)),
    window: tabulate(abnormal, wanted),
  });
  return diagnosis.answer === 'none'
    ? []
    : diagnosis.causes.map(({ node, metric, score, share, reason }) => ({ node, metric, score, share, reason }));
};

import { usual, type Baseline } from './baseline.ts';
import { callsOf } from './calls.ts';
import { followExtra, type Ledger, type Spending } from './conservation.ts';
import { excessOf, rowsBefore, type Excess } from './excess.ts';
import { total } from './numbers.ts';
import { columnKey, type Alarm, type MetricName, type ServiceGraph, type Table } from './telemetry.ts';
import { byOutermost, isOutside, reachableFrom, topologyOf, type Topology } from './topology.ts';
import { reasonFor } from './reason.ts';

/**
 * Tie between a node and the alarmed one: it is that node; edges lead to it; the amounts suggest an edge; nothing does; or edges lead to it
 * over work that nobody waits for.
 */
export type Link = 'alarmed' | 'declared' | 'inferred' | 'none' | 'async';

/** One supposed root cause. */
export interface Cause {
  readonly node: string;
  readonly metric: string;
  /** Share (0-1) of the alarmed node's excess that the node's own excess covers, row by row. */
  readonly share: number;
  /** `share` weighted by how the node is connected and counted; what the ranking goes by. */
  readonly score: number;
  /** Largest excess per call, in robust standard deviations of the node. */
  readonly sigmas: number;
  /** How the node is tied to the alarmed one. */
  readonly link: Link;
  /** The account in words and numbers. */
  readonly reason: string;
}

/** Ranked causes, most likely first; or none, and why. No answer is an answer. */
export type Diagnosis =
  | { readonly answer: 'causes'; readonly causes: readonly [Cause, ...Cause[]] }
  | { readonly answer: 'none'; readonly reason: string };

/** What a diagnosis reads. `window` has the rows around the alarm, at least one of them from before it. */
export interface DiagnosisInput {
  readonly graph: ServiceGraph;
  readonly alarm: Alarm;
  readonly baseline: Baseline;
  readonly window: Table;
}

/** Gates: below them there is no answer. Round numbers from the published evaluation of the method, not fitted. */
export const GATES = {
  /** Robust standard deviations a cause must deviate by. */
  causeSigmas: 6,
  /** The same for the alarmed node, which the alarm already vouches for. */
  alarmedSigmas: 2.5,
  /** Score of the first cause: the share of the alarmed node's excess that it covers, unlinked nodes counting half. */
  share: 0.3,
} as const;

/** Further causes are listed down to this share. */
const LISTED_SHARE = 0.1;

/**
 * How far a tie to the alarmed node is believed. A node without a link can be a coincidence, so it counts half; one that the alarmed node
 * is known not to wait for counts a quarter, which keeps it under the gate unless the amounts infer a link.
 */
const LINK_WEIGHT: Readonly<Record<Link, number>> = { alarmed: 1, declared: 1, inferred: 0.9, none: 0.5, async: 0.25 };
/** A node whose calls were estimated is believed a little less than one that was counted. */
const ESTIMATE_WEIGHT = 0.9;

/** Statistic that adds up: averages times calls are totals; percentiles are not. */
const ADDITIVE_STAT = 'Average';

interface Evidence {
  readonly topology: Topology;
  readonly excesses: readonly (Excess | undefined)[];
  readonly spendings: readonly Spending[];
  readonly alarmed: number;
  readonly before: number;
}

/** A node that stays within its usual spread has not changed: its small positive differences are noise, and noise explains nothing. */
const quiet = ({ perCall }: Excess): Float64Array => perCall.map((value) => (Number.isNaN(value) ? value : 0));

const gather = ({ graph, alarm, baseline, window }: DiagnosisInput, stat: string): Evidence => {
  const topology = topologyOf(graph, [alarm.node, ...window.columns.keys()]);
  const before = rowsBefore(window.times, alarm);
  const calls = callsOf(window, baseline, topology, before, columnKey(alarm.metric, stat));
  const excesses = topology.names.map((name) => excessOf(window, baseline, name, alarm, stat));
  const alarmed = topology.indexOf.get(alarm.node) as number;
  const spendings = excesses.map((excess, node) => ({
    perCall:
      excess !== undefined && node !== alarmed && excess.sigmas < GATES.alarmedSigmas ? quiet(excess) : excess?.perCall,
    calls: calls.rows[node] as Float64Array,
    callsKnown: calls.known[node] as boolean,
  }));
  return { topology, excesses, spendings, alarmed, before };
};

/** Nodes that deviate by themselves, the one with the most usual time first. */
const deviatingNodes = (
  { topology, excesses, spendings }: Evidence,
  { alarm, baseline }: DiagnosisInput,
  stat: string,
): number[] => {
  const usualTime = (node: number): number =>
    (usual(baseline, topology.names[node] as string, columnKey(alarm.metric, stat))?.median ?? 0) *
    total(spendings[node]?.calls ?? []);
  const tieBreak = byOutermost(topology);
  return topology.names
    .map((_, node) => node)
    .filter((node) => (excesses[node]?.sigmas ?? 0) >= GATES.causeSigmas && !isOutside(topology.kinds[node] as string))
    .map((node) => ({ node, time: usualTime(node) }))
    .sort((a, b) => b.time - a.time || tieBreak(a.node, b.node))
    .map(({ node }) => node);
};

const candidates = (evidence: Evidence, ledger: Ledger, alarm: Alarm): Cause[] => {
  const { topology, excesses, spendings, alarmed } = evidence;
  const reachable = reachableFrom(alarmed, ledger.callees);
  const working = reachableFrom(
    alarmed,
    ledger.callees.map((waitedFor, node) => [...waitedFor, ...(topology.asyncCallees[node] ?? [])]),
  );
  const linkOf = (node: number): Link => {
    if (node === alarmed) return 'alarmed';
    if (ledger.inferred.has(node)) return 'inferred';
    return reachable.has(node) ? 'declared' : working.has(node) ? 'async' : 'none';
  };
  const suffered = ledger.extra[alarmed] as Float64Array;
  const sum = total(suffered);
  const outward = byOutermost(topology);
  const innermostFirst = topology.names.map((_, node) => node).sort((a, b) => outward(b, a));
  return innermostFirst.flatMap((node) => {
    const name = topology.names[node] as string;
    const excess = excesses[node];
    if (excess === undefined || isOutside(topology.kinds[node] as string)) return [];
    const own = ledger.own[node] as Float64Array;
    const share = total(own.map((value, row) => Math.min(value, suffered[row] as number))) / sum;
    const link = linkOf(node);
    const counted = spendings[node]?.callsKnown === true;
    const score = share * LINK_WEIGHT[link] * (counted ? 1 : ESTIMATE_WEIGHT);
    const facts = {
      node: name,
      alarm,
      share,
      link,
      excess,
      counted,
      ownTotal: total(own),
      sufferedTotal: sum,
    } as const;
    return [{ node: name, metric: alarm.metric, share, score, sigmas: excess.sigmas, link, reason: reasonFor(facts) }];
  });
};

/** Scores closer than this are equal: the last bits depend on the order in which equal callers share a callee. */
const rounded = (score: number): number => Math.round(score * 1e9);

/** Highest score first, equal scores by deviation. Sorting is stable, so what is still equal stays with the innermost node first. */
const byRank = (a: Cause, b: Cause): number => rounded(b.score) - rounded(a.score) || b.sigmas - a.sigmas;

const rank = (input: DiagnosisInput, stat: string): Diagnosis => {
  const evidence = gather(input, stat);
  const { alarm } = input;
  const target = evidence.excesses[evidence.alarmed];
  const none = (reason: string): Diagnosis => ({ answer: 'none', reason });
  if (target === undefined)
    return none(
      `The alarmed node ${alarm.node} has no ${alarm.metric} samples that can be compared with earlier ones.`,
    );
  if (target.alarmSigmas < GATES.alarmedSigmas && !target.gaps) {
    return none(
      `The ${alarm.metric} of ${alarm.node} is ${target.alarmSigmas.toFixed(1)} deviations from usual; an answer needs ${GATES.alarmedSigmas}.`,
    );
  }
  const deviating = deviatingNodes(evidence, input, stat);
  const ledger = followExtra(evidence.topology, evidence.spendings, evidence.alarmed, deviating);
  const ranked = candidates(evidence, ledger, alarm)
    .filter(({ sigmas, share }) => sigmas >= GATES.causeSigmas && share >= LISTED_SHARE)
    .sort(byRank);
  const [first, ...others] = ranked;
  if (first === undefined || first.score < GATES.share) {
    return none(
      `No node that deviates by ${GATES.causeSigmas} spreads covers ${GATES.share * 100} % of the excess of ${alarm.node}` +
        (first === undefined ? '.' : `; the nearest is ${first.node} with ${(first.share * 100).toFixed(0)} %.`),
    );
  }
  return { answer: 'causes', causes: [first, ...others] };
};

const METRICS: readonly MetricName[] = ['latency', 'availability'];

/**
 * Ranks the nodes of a service graph by how much of the alarmed node's excess they cause themselves.
 *
 * Deterministic; independent of the names of nodes and of the order of nodes, edges, series and rows.
 *
 * @returns causes with `score` falling, or no answer with the reason when the evidence does not carry one
 * @throws RangeError when the alarm is on another metric than latency or availability
 */
export const diagnose = (input: DiagnosisInput): Diagnosis => {
  const { metric, stat } = input.alarm;
  if (!METRICS.some((known) => known === metric)) {
    throw new RangeError(`alarm.metric is "${metric}"; allowed are ${METRICS.join(', ')}`);
  }
  const first = rank(input, ADDITIVE_STAT);
  // An alarm on a percentile can fire while the average stays as it was; then the percentile is the best evidence there is.
  return first.answer === 'causes' || stat === undefined || stat === ADDITIVE_STAT ? first : rank(input, stat);
};

import { clamp, stableSum, total } from './numbers.ts';
import { byOutermost, reachableFrom, type Topology } from './topology.ts';

/** What one node spends beyond its usual, by row after the onset: extra seconds, or extra failed calls. */
export interface Spending {
  /** Excess per call by row; NaN where the sample was lost; undefined where the node cannot be seen at all. */
  readonly perCall: Float64Array | undefined;
  readonly calls: Float64Array;
  /** False where `calls` is only an estimate from the neighbours. */
  readonly callsKnown: boolean;
}

/** Extra by node and row with every gap filled, the links it travels along, and what each node adds itself. */
export interface Ledger {
  readonly extra: readonly Float64Array[];
  readonly own: readonly Float64Array[];
  /** Callees that can be seen; a callee that cannot be is replaced by its own callees. */
  readonly callees: readonly (readonly number[])[];
  /** Links that no edge declares and the amounts suggest, callee to caller. */
  readonly inferred: ReadonlyMap<number, number>;
}

/** A count estimated from the neighbours may be off by this factor either way. */
const CALLS_TOLERANCE = 8;
/** Passes over the nodes with estimated counts: one per estimated node in a row on a path; longer chains are rare. */
const ESTIMATE_PASSES = 4;
/** An excess explains another when it covers at least this share of it. */
const SAME_EXCESS = 0.5;
/** Calls in parallel cost their caller less than their sum, but hardly less than a quarter of it. */
const LINK_OVERSHOOT = 4;

/** Replaces each callee that cannot be seen by the callees behind it, so that a blind spot does not break the chain. */
const visibleCallees = (topology: Topology, visible: readonly boolean[]): number[][] =>
  topology.callees.map((direct, node) => {
    const found = new Set<number>();
    const passed = new Set<number>(direct);
    for (const callee of passed) {
      if (visible[callee]) found.add(callee);
      else for (const behind of topology.callees[callee] ?? []) passed.add(behind);
    }
    found.delete(node);
    return [...found];
  });

const callersOf = (callees: readonly (readonly number[])[]): number[][] => {
  const callers: number[][] = callees.map(() => []);
  callees.forEach((list, caller) => list.forEach((callee) => callers[callee]?.push(caller)));
  return callers;
};

/** Excess times calls. A row without calls cost nothing; a row with calls and without a sample is lost (NaN). */
const rawExtra = ({ perCall, calls }: Spending): Float64Array =>
  perCall?.map((value, row) =>
    calls[row] === 0 && Number.isNaN(value) ? 0 : value * Math.max(1, calls[row] as number),
  ) ?? new Float64Array(calls.length);

/**
 * Fills lost rows of the alarmed node with the mean of the rows beside them, or with what its callees carry where that is more: the row
 * that raised the alarm is the one that must not be missed.
 */
const alarmedExtra = (raw: readonly Float64Array[], alarmed: number, callees: readonly number[]): Float64Array => {
  const rows = raw[alarmed] as Float64Array;
  return rows.map((value, row) => {
    if (!Number.isNaN(value)) return value;
    const isKnown = (other: number): boolean => !Number.isNaN(other);
    const beside = [rows.subarray(0, row).findLast(isKnown), rows.subarray(row + 1).find(isKnown)].filter(
      (other) => other !== undefined,
    );
    const carriedUp = callees.map((callee) => raw[callee]?.[row] as number).filter(isKnown);
    return Math.max(stableSum(beside) / Math.max(1, beside.length), stableSum(carriedUp));
  });
};

/** Fills lost rows with what the node spent, per unit of the alarmed node's extra, in the rows that are known. */
const filled = (rows: Float64Array, alarmed: Float64Array): Float64Array => {
  const known = alarmed.map((value, row) => (Number.isNaN(rows[row]) ? 0 : value));
  const scale = total(known);
  const ratio = scale > 0 ? total(rows.map((value, row) => ((known[row] as number) > 0 ? value : 0))) / scale : 0;
  return rows.map((value, row) => (Number.isNaN(value) ? ratio * (alarmed[row] as number) : value));
};

/** Part of a callee's extra that one of its callers carries: its share of what all callers spend. */
const carried = (
  caller: number,
  callee: number,
  row: number,
  extra: readonly Float64Array[],
  callers: readonly number[][],
): number => {
  const of = callers[callee] as number[];
  const amount = extra[callee]?.[row] as number;
  if (of.length === 1) return amount;
  const all = stableSum(of.map((other) => extra[other]?.[row] as number));
  return all > 0 ? (amount * (extra[caller]?.[row] as number)) / all : 0;
};

const ownExtra = (
  node: number,
  extra: readonly Float64Array[],
  callees: readonly number[][],
  callers: readonly number[][],
): Float64Array =>
  (extra[node] as Float64Array).map((spent, row) =>
    Math.max(
      0,
      spent - stableSum((callees[node] as number[]).map((callee) => carried(node, callee, row, extra, callers))),
    ),
  );

/** What a caller still misses when one of its callees is left out. */
const missingAt = (
  caller: number,
  without: number,
  extra: readonly Float64Array[],
  callees: readonly number[][],
  callers: readonly number[][],
): number =>
  total(
    ownExtra(
      caller,
      extra,
      callees.with(
        caller,
        (callees[caller] as number[]).filter((other) => other !== without),
      ),
      callers,
    ),
  );

/**
 * Scales the extra of nodes whose calls were never counted so that it fits between what their callers miss and what their callees account
 * for, within the tolerance of the estimate. An uncounted node is thereby neither accused nor cleared by a guess.
 */
const fitEstimates = (
  spendings: readonly Spending[],
  extra: Float64Array[],
  callees: readonly number[][],
  callers: readonly number[][],
): void => {
  const guesses = extra.map((rows) => rows.slice());
  for (let pass = 0; pass < ESTIMATE_PASSES; pass += 1) {
    const before = extra.map((rows) => rows.slice());
    spendings.forEach(({ callsKnown, perCall }, node) => {
      const guess = total(guesses[node] as Float64Array);
      if (callsKnown || perCall === undefined || guess === 0) return;
      const below = stableSum(
        (callees[node] as number[]).map((callee) =>
          total((before[callee] as Float64Array).map((_, row) => carried(node, callee, row, before, callers))),
        ),
      );
      const above = stableSum(
        (callers[node] as number[]).map((caller) => missingAt(caller, node, before, callees, callers)),
      );
      const scale = clamp(Math.max(below, above) / guess, 1 / CALLS_TOLERANCE, CALLS_TOLERANCE);
      extra[node] = (guesses[node] as Float64Array).map((value) => value * scale);
    });
  }
};

/** Part of a host's missing extra that a candidate covers by row; 0 where that is too little or the candidate spends far more. */
const covered = (candidate: Float64Array, host: Float64Array): number => {
  const missing = total(host);
  const amount = total(host.map((value, row) => Math.min(value, candidate[row] as number)));
  return amount >= SAME_EXCESS * missing && total(candidate) <= LINK_OVERSHOOT * missing ? amount : 0;
};

interface LinkInput {
  readonly alarmed: number;
  readonly extra: readonly Float64Array[];
  readonly callees: number[][];
  /** Nodes that deviate enough to be worth a link, the one with the most usual time first: a caller's time contains its callee's. */
  readonly deviating: readonly number[];
  /** Decides between hosts that fit equally well. */
  readonly tieBreak: (a: number, b: number) => number;
}

/**
 * Links nodes whose excess no caller carries to the reachable node that misses the same amount in the same rows: an edge that tracing lost,
 * or a call that nobody waits for formally but everybody does in fact.
 */
const inferLinks = ({ alarmed, extra, callees, deviating, tieBreak }: LinkInput): Map<number, number> => {
  const inferred = new Map<number, number>();
  for (const orphan of deviating) {
    const callers = callersOf(callees);
    const carriedBy = stableSum((callers[orphan] as number[]).map((caller) => total(extra[caller] as Float64Array)));
    const reachable = reachableFrom(alarmed, callees);
    if (
      orphan === alarmed ||
      (reachable.has(orphan) && carriedBy >= SAME_EXCESS * total(extra[orphan] as Float64Array))
    )
      continue;
    const behind = reachableFrom(orphan, callees);
    const missing = ownExtra(orphan, extra, callees, callers);
    const best = [...reachable]
      .filter((host) => !behind.has(host))
      .map((host) => ({ host, amount: covered(missing, ownExtra(host, extra, callees, callers)) }))
      .sort((a, b) => b.amount - a.amount || tieBreak(a.host, b.host))[0];
    if (best === undefined || best.amount === 0) continue;
    callees[best.host]?.push(orphan);
    inferred.set(orphan, best.host);
  }
  return inferred;
};

/**
 * Follows the extra from node to node: excess times calls is nearly conserved from callee to caller, unlike z-scores or latencies, so what a
 * node spends beyond what its callees carry is its own doing.
 *
 * @param deviating - nodes worth linking when no edge explains them, in the order in which they may claim a caller
 */
export const followExtra = (
  topology: Topology,
  spendings: readonly Spending[],
  alarmed: number,
  deviating: readonly number[],
): Ledger => {
  const callees = visibleCallees(
    topology,
    spendings.map(({ perCall }) => perCall !== undefined),
  );
  const raw = spendings.map(rawExtra);
  const target = alarmedExtra(raw, alarmed, callees[alarmed] as number[]);
  const extra = raw.map((rows, node) => (node === alarmed ? target : filled(rows, target)));
  fitEstimates(spendings, extra, callees, callersOf(callees));
  const inferred = inferLinks({ alarmed, extra, callees, deviating, tieBreak: byOutermost(topology) });
  const callers = callersOf(callees);
  return { extra, own: extra.map((_, node) => ownExtra(node, extra, callees, callers)), callees, inferred };
};

import { reachability } from './reach.ts';
import type { CorrelateInput, Signal } from './shapes.ts';
import { byUnit, compare, gapBetween, unitsOf, type Unit } from './units.ts';

/** Units with one supposed root cause. */
export interface Group {
  readonly rootWorkloadId: string;
  readonly units: readonly Unit[];
  /** Why these belong together, for people. */
  readonly because: string;
}

/** Answers whether, and over how many hops, one unit's trouble can come from the other's. */
type Dependence = (unit: Unit, on: Unit) => number | undefined;

const dependence = (input: CorrelateInput): Dependence => {
  const hopsFrom = reachability(input.topology);
  const accused = new Map(
    (input.diagnoses ?? []).map(({ workloadId, rootWorkloadId }) => [workloadId, rootWorkloadId]),
  );
  return (unit, on) => {
    if (unit === on || gapBetween(unit, on) > input.limits.windowMs) return undefined;
    // A diagnosis read the metrics, so it comes before any distance in the graph.
    if (accused.get(unit.workloadId) === on.workloadId) return 0;
    return unit.workloadId === on.workloadId ? undefined : hopsFrom(unit.workloadId).get(on.workloadId);
  };
};

/** Units of which nothing hurts yet, and units that are merely odd: what is going to be is not explained by those. */
interface Painless {
  readonly foretold: ReadonlySet<Unit>;
  readonly odd: ReadonlySet<Unit>;
}

const painlessAmong = (units: readonly Unit[], depends: Dependence, { limits }: CorrelateInput): Painless => {
  const isWeak = ({ kind }: Signal): boolean => limits.weakKinds.includes(kind);
  const isForetold = ({ signals, incident }: Unit): boolean =>
    (incident === undefined ? signals.some(({ kind }) => kind === 'forecast') : incident.foretold === true) &&
    signals.every((signal) => signal.kind === 'forecast' || isWeak(signal));
  const isOdd = ({ signals, incident, diagnosed, deploymentIds }: Unit): boolean =>
    incident === undefined && !diagnosed && deploymentIds.length === 0 && signals.every(isWeak);
  const foretold = new Set(units.filter(isForetold));
  const odd = units.filter(isOdd);
  const trouble = units.filter((unit) => !foretold.has(unit) && !odd.includes(unit));
  const explainsNothing = (unit: Unit): boolean => trouble.every((other) => depends(other, unit) === undefined);
  return { foretold, odd: new Set(odd.filter(explainsNothing)) };
};

/** Links every unit to the unit its trouble comes from; roots link to nothing. */
const linkToCauses = (units: readonly Unit[], depends: Dependence, { foretold, odd }: Painless): Map<Unit, Unit> => {
  // A diagnosed unit is a root whatever alarms below it. Of units that depend on each other the first in `byUnit` order is the root.
  const isCauseOf = (unit: Unit, on: Unit): boolean =>
    !(foretold.has(unit) && odd.has(on)) &&
    depends(unit, on) !== undefined &&
    (depends(on, unit) === undefined || byUnit(on, unit) < 0);
  const roots = units.filter((unit) => unit.diagnosed || !units.some((other) => isCauseOf(unit, other)));
  const isRoot = new Set(roots);
  const links = new Map<Unit, Unit>();
  for (const unit of units) {
    if (isRoot.has(unit)) continue;
    const causes = units.filter((other) => isCauseOf(unit, other));
    const nearest = (among: readonly Unit[]): Unit | undefined =>
      [...among].sort((a, b) => (depends(unit, a) ?? 0) - (depends(unit, b) ?? 0) || byUnit(a, b))[0];
    // Roots first; a unit too early for every root hangs on the dependency that leads there.
    const cause = nearest(causes.filter((other) => isRoot.has(other))) ?? nearest(causes);
    if (cause !== undefined) links.set(unit, cause);
  }
  return links;
};

const rootOf = (unit: Unit, links: ReadonlyMap<Unit, Unit>): Unit => {
  const seen = new Set<Unit>();
  let root = unit;
  for (let next = links.get(root); next !== undefined && !seen.has(next); next = links.get(root)) {
    seen.add(root);
    root = next;
  }
  return root;
};

/** Joins what is merely odd to a forecast above it. */
const joinToForetold = (
  groups: readonly Group[],
  depends: Dependence,
  { foretold, odd }: Painless,
): readonly Group[] => {
  const homeOf = ({ units }: Group): Group | undefined => {
    const [root] = units;
    if (root === undefined || !units.every((unit) => odd.has(unit))) return undefined;
    return groups.find(({ units: [above] }) => above && foretold.has(above) && depends(above, root) !== undefined);
  };
  const homes = new Map(groups.map((group) => [group, homeOf(group)]));
  return groups.flatMap((group) => {
    if (homes.get(group) !== undefined) return [];
    const joining = groups.filter((one) => homes.get(one) === group);
    return [{ ...group, units: [group, ...joining].flatMap(({ units }) => units) }];
  });
};

const fingerprintsOf = (unit: Unit | undefined): Set<string> =>
  new Set(
    (unit?.signals ?? []).flatMap(({ fingerprint }) =>
      fingerprint === undefined || fingerprint === '' ? [] : [fingerprint],
    ),
  );

/** Joins groups whose roots one deployment changed, or else the group it was given. */
const joinByDeployment = (groups: readonly Group[]): Group[] => {
  const result: Group[] = [];
  for (const group of groups) {
    const suspects = group.units[0]?.deploymentIds ?? [];
    const index = result.findIndex(({ units: [root] }) => root?.deploymentIds.some((id) => suspects.includes(id)));
    const other = result[index];
    if (other === undefined) result.push(group);
    else {
      const because = `one deployment changed ${other.rootWorkloadId} and ${group.rootWorkloadId}`;
      result[index] = { ...other, units: [...other.units, ...group.units], because };
    }
  }
  return result;
};

/** Two workloads failing alike can be chance; every caller of one dependency, if there are this many, is not. */
const FEWEST_ALIKE_CALLERS = 3;

const callersByCallee = ({ topology }: CorrelateInput): Map<string, Set<string>> => {
  const callers = new Map<string, Set<string>>();
  for (const [caller, callee] of topology.edges) {
    const known = callers.get(callee);
    if (known === undefined) callers.set(callee, new Set([caller]));
    else known.add(caller);
  }
  return callers;
};

const rootUnit = ({ units }: Group): Unit => units[0] as Unit;

/** What all of these fail by. */
const likenessOf = (groups: readonly Group[]): string | undefined => {
  const [first = new Set<string>(), ...others] = groups.map((group) => fingerprintsOf(rootUnit(group)));
  return [...first].sort(compare).find((one) => others.every((fingerprints) => fingerprints.has(one)));
};

/** Groups that were in trouble at once: each of these is no more than a window apart from each other one. */
const atOnce = (groups: readonly Group[], windowMs: number): readonly (readonly Group[])[] =>
  groups
    .map((group) => rootUnit(group).first)
    .sort((a, b) => a - b)
    .map((begin) =>
      groups.filter((group) => rootUnit(group).first <= begin && rootUnit(group).last >= begin - windowMs),
    );

/**
 * Joins groups whose roots fail alike and are all the callers of a dependency that raises no alarm itself: had it not failed, one of its
 * callers would be well.
 */
const joinBySilentDependency = (groups: readonly Group[], input: CorrelateInput): Group[] => {
  const result = [...groups];
  const silent = [...callersByCallee(input)].sort(([a], [b]) => compare(a, b));
  for (const [dependency, callers] of silent) {
    if (callers.size < FEWEST_ALIKE_CALLERS) continue;
    const suspects = result.filter((group) => callers.has(group.rootWorkloadId) && !rootUnit(group).diagnosed);
    const failing = atOnce(suspects, input.limits.windowMs).find(
      (some) =>
        new Set(some.map(({ rootWorkloadId }) => rootWorkloadId)).size === callers.size &&
        likenessOf(some) !== undefined,
    );
    if (failing === undefined) continue;
    const because = `all ${callers.size} callers of ${dependency} fail alike (${likenessOf(failing)})`;
    const kept = result.filter((group) => !failing.includes(group));
    result.splice(0, result.length, ...kept, {
      rootWorkloadId: dependency,
      units: failing.flatMap(({ units }) => units),
      because,
    });
  }
  return result;
};

/**
 * Groups signals by supposed root cause: what the diagnosis accuses, else the deepest alarmed dependency. A forecast keeps its workload unless
 * something that hurts lies deeper.
 *
 * @param signals - strong enough to count as trouble, in `bySignal` order
 */
export const groupByCause = (signals: readonly Signal[], input: CorrelateInput): Group[] => {
  const units = unitsOf(signals, input);
  const depends = dependence(input);
  const painless = painlessAmong(units, depends, input);
  const links = linkToCauses(units, depends, painless);
  const byRoot = new Map<Unit, Unit[]>();
  for (const unit of units) {
    const root = rootOf(unit, links);
    byRoot.set(root, [...(byRoot.get(root) ?? []), unit]);
  }
  const groups = [...byRoot].map(([root, members]): Group => {
    const others = members.filter((unit) => unit !== root);
    const because = root.diagnosed
      ? `the diagnosis names ${root.workloadId}`
      : others.length > 0
        ? `${root.workloadId} is the deepest dependency in trouble`
        : `${root.workloadId} alone is in trouble`;
    return { rootWorkloadId: root.workloadId, units: [root, ...others], because };
  });
  return joinBySilentDependency(joinByDeployment(joinToForetold(groups, depends, painless)), input);
};

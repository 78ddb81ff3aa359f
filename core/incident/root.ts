import type { IncidentDiagnosis } from '../contracts/evidence.ts';
import type { Workload, WorkloadId } from '../contracts/workload.ts';
import { dependenciesOf } from './members.ts';

type Known = Pick<Workload, 'workloadId' | 'dependsOn' | 'seenCalls' | 'alarms'>;

export interface RootInput {
  /** The incident's root so far: the workload that signalled, or the dependency that signalled later. */
  readonly signalled: WorkloadId;
  /** Ids in alarm now. */
  readonly alarmed: readonly WorkloadId[];
  readonly diagnosis: IncidentDiagnosis;
  /** Workloads that belong to another open incident, and to which. */
  readonly claimed: Readonly<Record<WorkloadId, string>>;
  readonly workloads: readonly Known[];
}

/** The answer; `sameCauseAs` when that workload is another open incident's to heal. */
export interface Root {
  readonly workloadId: WorkloadId;
  readonly sameCauseAs: string | null;
}

/**
 * The workload that an incident is about: the one that the diagnosis names, else, of those in alarm, one that depends on
 * no other in alarm. A fault travels from callee to caller, so what is deepest explains the rest.
 *
 * A diagnosed cause that has alarms and is in none keeps its objectives: it is told, but a workload that hurts users goes first.
 * Where two incidents share a victim each looks for a root of its own first.
 */
export const rootOf = (input: RootInput): Root => {
  const { signalled, alarmed, diagnosis, claimed, workloads } = input;
  const candidates = [...accusedBy(diagnosis, alarmed, workloads), ...deepestOf(signalled, alarmed, workloads)];
  const [first = signalled] = candidates;
  const own = candidates.find((id) => claimed[id] === undefined && (id === first || !dependsOn(id, first, workloads)));
  return { workloadId: own ?? signalled, sameCauseAs: own === undefined ? (claimed[first] ?? null) : null };
};

const dependsOn = (caller: WorkloadId, callee: WorkloadId, workloads: readonly Known[]): boolean =>
  dependenciesOf(caller, workloads).includes(callee);

const accusedBy = (
  diagnosis: IncidentDiagnosis,
  alarmed: readonly WorkloadId[],
  workloads: readonly Known[],
): readonly WorkloadId[] => {
  const accused = diagnosis.answer === 'none' ? undefined : diagnosis.causes[0]?.workloadId;
  const known = workloads.find(({ workloadId }) => workloadId === accused);
  if (accused === undefined || known === undefined) return [];
  return known.alarms.length === 0 || alarmed.includes(accused) ? [accused] : [];
};

/** Alarmed dependencies that depend on no other alarmed one, nearest first. Those in a cycle count as each other's equals. */
const deepestOf = (
  signalled: WorkloadId,
  alarmed: readonly WorkloadId[],
  workloads: readonly Known[],
): readonly WorkloadId[] => {
  const reachable = dependenciesOf(signalled, workloads).filter((id) => alarmed.includes(id));
  return reachable.filter((id) => {
    const below = dependenciesOf(id, workloads);
    return reachable.every(
      (other) => other === id || !below.includes(other) || dependenciesOf(other, workloads).includes(id),
    );
  });
};

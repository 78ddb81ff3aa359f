import type { WorkloadState } from '../../core/contracts/evidence.ts';
import type { Workload, WorkloadKind } from '../../core/contracts/workload.ts';
import type { WorkloadProbe } from '../../core/shared/ports.ts';
import type { EpochMs } from '../../core/shared/units.ts';

/** Reads one kind of workload; events before `since` are left out, and revisions to `avoid` are never called stable. */
export type ProbeOf<Kind extends WorkloadKind> = (
  workload: Extract<Workload, { readonly kind: Kind }>,
  since: EpochMs,
  avoid?: readonly string[],
) => Promise<WorkloadState>;

/** A probe for every kind of workload. */
export const workloadProbes = (probes: { readonly [Kind in WorkloadKind]: ProbeOf<Kind> }): WorkloadProbe => ({
  state: (workload, since, avoid) => {
    switch (workload.kind) {
      case 'ecs-service':
        return probes['ecs-service'](workload, since, avoid);
      case 'lambda-function':
        return probes['lambda-function'](workload, since, avoid);
      case 'sqs-queue':
        return probes['sqs-queue'](workload, since);
    }
  },
});

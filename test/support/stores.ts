import type { ApprovalRequest, Consent } from '../../core/contracts/incident.ts';
import type { Workload } from '../../core/contracts/workload.ts';
import type {
  CoordinationStore,
  EarlierIncidents,
  EvidenceStore,
  ExperienceStore,
  IncidentContext,
  IncidentStore,
  Journal,
  WorkloadRegistry,
} from '../../core/shared/ports.ts';
import type { EpochMs } from '../../core/shared/units.ts';

/** Everything that the product keeps, as the suites of `test/support/suites` see it: over memory, or over DynamoDB. */
export interface Stores {
  readonly journal: Journal;
  readonly coordination: CoordinationStore;
  readonly incidents: IncidentStore & {
    context(incidentId: string, members: readonly string[]): Promise<IncidentContext>;
    earlier(workloadId: string, incidentId: string, dayAgo: EpochMs): Promise<EarlierIncidents>;
  };
  readonly evidence: EvidenceStore;
  readonly experiences: ExperienceStore;
  readonly registry: WorkloadRegistry & { register(workload: Workload): Promise<void> };
  readonly approvals: {
    pending(incidentId: string): Promise<ApprovalRequest | null>;
    claim(request: ApprovalRequest): Promise<boolean>;
    reopen(request: ApprovalRequest): Promise<void>;
    consent(request: ApprovalRequest, consent: Consent): Promise<boolean>;
  };
}

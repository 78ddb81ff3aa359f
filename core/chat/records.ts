import type { Task } from '../contracts/api/tasks.ts';
import type { ActionId } from '../contracts/action.ts';
import type { Incident } from '../contracts/incident.ts';
import type { JournalRecord } from '../contracts/journal.ts';
import type { EnvironmentName, Workload } from '../contracts/workload.ts';
import type { Catalogue } from '../learning/catalogue.ts';
import type { QTable } from '../learning/evidence.ts';
import type { Change, ChatWorld } from './intent.ts';

/** Everything that answers rest on. Reading is all that can be done through it. */
export interface ChatRecords {
  /** Newest first. */
  readonly incidents: (limit: number) => Promise<readonly Incident[]>;
  readonly incident: (incidentId: string) => Promise<Incident | null>;
  readonly journal: (incidentId: string) => Promise<readonly JournalRecord[]>;
  readonly workloads: () => Promise<readonly Workload[]>;
  /** Names of the alarms that fire. */
  readonly firingAlarms: () => Promise<ReadonlySet<string>>;
  readonly mode: () => Promise<{ readonly mode: string; readonly reason: string }>;
  readonly agents: () => Promise<
    readonly { readonly agentId: string; readonly name: string | null; readonly state: string | null }[]
  >;
  /** Newest first; null where tasks cannot be reached. */
  readonly tasks: () => Promise<readonly Task[] | null>;
  /** What was learned for a tier of workloads. */
  readonly table: (tier: string) => Promise<QTable>;
  readonly catalogue: Catalogue;
}

/** Incidents that a question is looked up in. */
export const SEARCHED = 100;

const CHANGES: Readonly<Partial<Record<ActionId, Change>>> = {
  restart: 'restart',
  redeploy: 'redeploy',
  rollback: 'rollback',
  scaleOut: 'scale',
  scaleIn: 'scale',
  redrive: 'redrive',
};

export const changeOf = (actionId: ActionId): Change | null => CHANGES[actionId] ?? null;

/** What the interpreter has to know to understand a message here. */
export const worldOf = async (env: EnvironmentName, records: ChatRecords): Promise<ChatWorld> => {
  const [workloads, incidents, tasks] = await Promise.all([
    records.workloads(),
    records.incidents(SEARCHED),
    records.tasks(),
  ]);
  return {
    env,
    workloads: knownWorkloads(workloads),
    waiting: incidents.filter(({ status }) => status === 'awaiting_approval').map(({ incidentId }) => incidentId),
    queued: (tasks ?? []).filter(({ status }) => status === 'queued').map(({ taskId }) => taskId),
  };
};

/** Workloads as the interpreter knows them. */
export const knownWorkloads = (workloads: readonly Workload[]): ChatWorld['workloads'] =>
  workloads.map((workload) => ({
    workloadId: workload.workloadId,
    changes: [...new Set(workload.allowedActions.map(changeOf))].filter((change) => change !== null),
    tasks: workload.kind === 'ecs-service' ? { min: workload.minTasks, max: workload.maxTasks } : null,
  }));

import { randomUUID } from 'node:crypto';
import { arnOf, type Deployment, type Placement, type TaskDefinition } from './model.ts';

/** How a service deployment stands, in the words of the API; those that only people can cause do not happen here. */
export type ServiceDeploymentStatus =
  'IN_PROGRESS' | 'SUCCESSFUL' | 'STOPPED' | 'ROLLBACK_IN_PROGRESS' | 'ROLLBACK_SUCCESSFUL';

/** One request for a revision of the service, and what became of it; times are epoch milliseconds. */
export type ServiceDeployment = {
  readonly arn: string;
  readonly revisionArn: string;
  readonly definition: TaskDefinition;
  readonly createdAt: number;
  status: ServiceDeploymentStatus;
  statusReason: string;
  updatedAt: number;
  finishedAt: number | undefined;
};

const KEPT = 100;

/**
 * A service's deployments, newest first. A rollback by the circuit breaker is no deployment of its own but the end of the
 * one that failed; only one that completed is SUCCESSFUL.
 */
export class DeploymentHistory {
  readonly entries: ServiceDeployment[] = [];
  private readonly arnOfNew: (kind: 'service-deployment' | 'service-revision') => string;
  private readonly ofRollout = new WeakMap<Deployment, ServiceDeployment>();

  constructor(placement: Placement, service: string) {
    this.arnOfNew = (kind) => arnOf(placement, `${kind}/${service}/${randomUUID()}`);
  }

  /** What has not ended by then has been replaced. */
  start(rollout: Deployment): void {
    for (const entry of this.entries) {
      if (entry.finishedAt === undefined) end(entry, 'STOPPED', 'Stopped by a newer service deployment.');
    }
    const entry: ServiceDeployment = {
      arn: this.arnOfNew('service-deployment'),
      revisionArn: this.arnOfNew('service-revision'),
      definition: rollout.definition,
      createdAt: rollout.createdAt,
      status: 'IN_PROGRESS',
      statusReason: '',
      updatedAt: rollout.createdAt,
      finishedAt: undefined,
    };
    this.ofRollout.set(rollout, entry);
    this.entries.unshift(entry);
    this.entries.splice(KEPT);
  }

  /** `rollout` brings back what ran before `failed`. */
  rollBack(failed: Deployment, rollout: Deployment): void {
    const entry = this.ofRollout.get(failed);
    if (entry === undefined) return;
    this.ofRollout.set(rollout, entry);
    entry.status = 'ROLLBACK_IN_PROGRESS';
    entry.statusReason = rollout.rolloutStateReason;
    entry.updatedAt = rollout.createdAt;
  }

  complete(rollout: Deployment): void {
    const entry = this.ofRollout.get(rollout);
    if (entry === undefined || entry.finishedAt !== undefined) return;
    const status = entry.status === 'ROLLBACK_IN_PROGRESS' ? 'ROLLBACK_SUCCESSFUL' : 'SUCCESSFUL';
    end(entry, status, rollout.rolloutStateReason);
  }

  /** The circuit breaker gave up, and there is nothing to roll back to. */
  fail(rollout: Deployment): void {
    const entry = this.ofRollout.get(rollout);
    if (entry !== undefined) end(entry, 'STOPPED', rollout.rolloutStateReason);
  }
}

const end = (entry: ServiceDeployment, status: ServiceDeploymentStatus, reason: string): void => {
  entry.status = status;
  entry.statusReason = reason;
  entry.finishedAt = Date.now();
  entry.updatedAt = entry.finishedAt;
};

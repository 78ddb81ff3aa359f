import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { randomInt, randomUUID } from 'node:crypto';
import { DeploymentHistory } from './deployment-history.ts';
import {
  arnOf,
  type Deployment,
  type DeploymentConfiguration,
  type Placement,
  type ServiceEvent,
  type TaskDefinition,
} from './model.ts';
import { Task } from './task.ts';
import type { EcsNotice } from './notices.ts';

const BACK_OFF_SECONDS = [0, 1, 2, 4, 8] as const;
// A task that lived this long did start; its end is not the start-up's fault.
const QUICK_EXIT_MS = 10_000;
const KEPT_STOPPED_TASKS = 100;
const KEPT_EVENTS = 100;
const IMPAIRED_AFTER = 3;

export type ServiceContext = {
  readonly placement: Placement;
  readonly scratchRoot: string;
  readonly notify: (notice: EcsNotice) => void;
};

export type ServiceSpec = {
  readonly cluster: string;
  readonly name: string;
  readonly definition: TaskDefinition;
  readonly desiredCount: number;
  readonly configuration: DeploymentConfiguration;
};

const isLive = (task: Task): boolean => task.desiredStatus === 'RUNNING';
const isServing = (task: Task): boolean =>
  isLive(task) && task.lastStatus === 'RUNNING' && task.healthStatus !== 'UNHEALTHY';
/** Up, and healthy as far as the task definition says how to tell. */
const isReady = (task: Task): boolean =>
  isServing(task) && (task.container.healthCheck === undefined || task.healthStatus === 'HEALTHY');

/** One service: keeps the desired number of tasks of its primary deployment running, as the ECS service scheduler does. */
export class Service {
  readonly createdAt = Date.now();
  readonly arn: string;
  readonly cluster: string;
  readonly name: string;
  readonly events: ServiceEvent[] = [];
  readonly history: DeploymentHistory;
  status: 'ACTIVE' | 'DRAINING' | 'INACTIVE' = 'ACTIVE';
  desiredCount: number;
  configuration: DeploymentConfiguration;
  deployments: Deployment[] = [];
  tasks: Task[] = [];
  private readonly context: ServiceContext;
  private lastStable: Deployment | undefined;
  private steady = false;

  constructor(context: ServiceContext, spec: ServiceSpec) {
    this.context = context;
    this.cluster = spec.cluster;
    this.name = spec.name;
    this.desiredCount = spec.desiredCount;
    this.configuration = spec.configuration;
    this.arn = arnOf(context.placement, `service/${spec.cluster}/${spec.name}`);
    this.history = new DeploymentHistory(context.placement, `${spec.cluster}/${spec.name}`);
    this.deploy(spec.definition);
  }

  get primary(): Deployment {
    const primary = this.deployments.find(({ status }) => status === 'PRIMARY');
    if (primary === undefined) throw new Error(`service ${this.name} has no primary deployment`);
    return primary;
  }

  tasksOf(deployment: Deployment): readonly Task[] {
    return this.tasks.filter((task) => task.deployment === deployment);
  }

  /** Tasks that a load balancer would send requests to. */
  serving(): readonly Task[] {
    return this.tasks.filter(isServing);
  }

  /** Makes a new primary deployment, with a fresh volume; the present one drains as the new one comes up. */
  deploy(definition: TaskDefinition): void {
    this.history.start(this.makePrimary(definition));
  }

  private makePrimary(definition: TaskDefinition, reason?: string): Deployment {
    const now = Date.now();
    const digits = `${randomInt(1e9, 1e10 - 1)}${randomInt(1e8, 1e9 - 1)}`;
    const deployment: Deployment = {
      id: `ecs-svc/${digits}`,
      definition,
      createdAt: now,
      scratchDir: mkdtempSync(join(this.context.scratchRoot, `${this.name}-`)),
      status: 'PRIMARY',
      updatedAt: now,
      rolloutState: 'IN_PROGRESS',
      rolloutStateReason: '',
      failedTasks: 0,
      quickExits: 0,
      nextStartAt: 0,
    };
    for (const old of this.deployments) old.status = 'ACTIVE';
    this.deployments.unshift(deployment);
    this.steady = false;
    this.setRollout(deployment, 'IN_PROGRESS', reason ?? `ECS deployment ${deployment.id} in progress.`);
    return deployment;
  }

  setDesiredCount(count: number): void {
    if (count === this.desiredCount) return;
    this.desiredCount = count;
    this.steady = false;
    this.primary.updatedAt = Date.now();
    this.say(`(service ${this.name}) has set the desired count to ${count}.`);
  }

  /** Drains the service; it is INACTIVE when its last task has ended. */
  delete(): void {
    this.status = 'DRAINING';
    this.desiredCount = 0;
    this.reconcile();
  }

  /** One pass of the scheduler; called often, does only what is due. */
  reconcile(now = Date.now()): void {
    if (this.status === 'INACTIVE') return;
    if (this.status === 'DRAINING' && this.tasks.every(({ lastStatus }) => lastStatus === 'STOPPED')) {
      this.status = 'INACTIVE';
      this.removeVolumes();
      return;
    }
    this.replaceUnhealthy();
    this.startMissing(now);
    this.stopSurplus();
    this.checkCircuitBreaker();
    this.checkSteady();
    this.forget();
  }

  /** What a task's change means for its deployment; called by the task itself. */
  taskChanged(task: Task): void {
    this.context.notify({ kind: 'task', service: this, task });
    const { deployment } = task;
    if (task.lastStatus === 'RUNNING' && isReady(task)) deployment.failedTasks = 0;
    if (task.lastStatus !== 'STOPPED' || task.stopCode === 'UserInitiated') return;
    if (task.stopCode === 'ServiceSchedulerInitiated') return;
    if (task.startedAt === undefined) deployment.failedTasks += 1;
    const lived = Date.now() - (task.startedAt ?? task.createdAt);
    deployment.quickExits = lived < QUICK_EXIT_MS || task.startedAt === undefined ? deployment.quickExits + 1 : 0;
    const pause = BACK_OFF_SECONDS[Math.min(deployment.quickExits, BACK_OFF_SECONDS.length) - 1] ?? 0;
    deployment.nextStartAt = Date.now() + pause * 1000;
    this.steady = false;
    if (deployment.quickExits !== IMPAIRED_AFTER) return;
    this.say(`(service ${this.name}) is unable to consistently start tasks successfully.`);
    this.context.notify({ kind: 'action', service: this, eventType: 'WARN', eventName: 'SERVICE_TASK_START_IMPAIRED' });
  }

  /** Stops every task and ends the service. */
  async close(): Promise<void> {
    this.status = 'INACTIVE';
    await Promise.all(this.tasks.map((task) => task.kill()));
    this.removeVolumes();
  }

  private removeVolumes(): void {
    for (const { scratchDir } of this.deployments) rmSync(scratchDir, { recursive: true, force: true });
  }

  private replaceUnhealthy(): void {
    for (const task of this.tasks) {
      if (!isLive(task) || task.healthStatus !== 'UNHEALTHY') continue;
      task.deployment.failedTasks += 1;
      task.stop('ServiceSchedulerInitiated', `Task failed container health checks`);
    }
  }

  private startMissing(now: number): void {
    const { primary } = this;
    const ceiling = Math.max(1, Math.floor((this.desiredCount * this.configuration.maximumPercent) / 100));
    let room = ceiling - this.tasks.filter(isLive).length;
    let missing = this.desiredCount - this.tasksOf(primary).filter(isLive).length;
    if (primary.rolloutState === 'FAILED' || now < primary.nextStartAt) return;
    for (; missing > 0 && room > 0; missing -= 1, room -= 1) this.startTask(primary);
  }

  private startTask(deployment: Deployment): void {
    const { placement } = this.context;
    const changed = (task: Task): void => this.taskChanged(task);
    const task = new Task({ placement, cluster: this.cluster, service: this.name, deployment, changed });
    this.tasks.push(task);
    void task.start();
    this.say(`(service ${this.name}) has started 1 tasks: (task ${task.id}).`);
  }

  private stopSurplus(): void {
    const floor = Math.ceil((this.desiredCount * this.configuration.minimumHealthyPercent) / 100);
    let ready = this.tasks.filter(isReady).length;
    const own = this.tasksOf(this.primary).filter(isLive);
    // The newest go first on scale-in: the older ones have proven themselves.
    const surplus = own.slice(this.desiredCount);
    const old = this.tasks.filter((task) => isLive(task) && task.deployment !== this.primary);
    for (const task of surplus) this.stopTask(task, this.primary);
    ready -= surplus.filter(isReady).length;
    for (const task of old) {
      if (isReady(task)) {
        // A failed rollout that is not rolled back keeps what still works.
        if (ready <= floor || this.primary.rolloutState === 'FAILED') continue;
        ready -= 1;
      }
      this.stopTask(task, this.primary);
    }
  }

  private stopTask(task: Task, by: Deployment): void {
    task.stop('ServiceSchedulerInitiated', `Scaling activity initiated by (deployment ${by.id})`);
    this.say(`(service ${this.name}) has stopped 1 running tasks: (task ${task.id}).`);
  }

  private checkCircuitBreaker(): void {
    const { primary } = this;
    const { enable, rollback } = this.configuration.deploymentCircuitBreaker;
    const threshold = Math.min(200, Math.max(3, Math.ceil(this.desiredCount / 2)));
    if (!enable || primary.rolloutState !== 'IN_PROGRESS' || primary.failedTasks < threshold) return;
    this.setRollout(primary, 'FAILED', 'ECS deployment circuit breaker: tasks failed to start.');
    if (!rollback || this.lastStable === undefined) return this.history.fail(primary);
    const { definition, id } = this.lastStable;
    const reason = `ECS deployment circuit breaker: rolling back to deploymentId ${id}.`;
    this.history.rollBack(primary, this.makePrimary(definition, reason));
  }

  private checkSteady(): void {
    const { primary } = this;
    const own = this.tasksOf(primary);
    const done =
      own.filter(isReady).length === this.desiredCount &&
      this.tasks.every((task) => !isLive(task) || own.includes(task));
    if (!done || this.steady) return;
    this.steady = true;
    if (primary.rolloutState === 'IN_PROGRESS') {
      this.lastStable = primary;
      this.setRollout(primary, 'COMPLETED', `ECS deployment ${primary.id} completed.`);
      this.history.complete(primary);
    }
    this.say(`(service ${this.name}) has reached a steady state.`);
    this.context.notify({ kind: 'action', service: this, eventType: 'INFO', eventName: 'SERVICE_STEADY_STATE' });
  }

  private setRollout(deployment: Deployment, state: Deployment['rolloutState'], reason: string): void {
    deployment.rolloutState = state;
    deployment.rolloutStateReason = reason;
    deployment.updatedAt = Date.now();
    this.context.notify({ kind: 'deployment', service: this, deployment });
  }

  private forget(): void {
    const ended = this.deployments.filter(
      (deployment) =>
        deployment.status === 'ACTIVE' && this.tasksOf(deployment).every(({ lastStatus }) => lastStatus === 'STOPPED'),
    );
    for (const { scratchDir } of ended) rmSync(scratchDir, { recursive: true, force: true });
    this.deployments = this.deployments.filter((deployment) => !ended.includes(deployment));
    const stopped = this.tasks.filter(({ lastStatus }) => lastStatus === 'STOPPED');
    const old = new Set(stopped.slice(0, Math.max(0, stopped.length - KEPT_STOPPED_TASKS)));
    if (old.size > 0) this.tasks = this.tasks.filter((task) => !old.has(task));
  }

  private say(message: string): void {
    this.events.unshift({ id: randomUUID(), createdAt: Date.now(), message });
    this.events.splice(KEPT_EVENTS);
  }
}

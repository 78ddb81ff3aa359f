import type { ActionId, ActionPlan, AppliedAction } from '../../core/contracts/action.ts';
import type { TaskSummary, WorkloadState } from '../../core/contracts/evidence.ts';
import type { EcsServiceWorkload, MetricRole } from '../../core/contracts/workload.ts';
import { noSuchAlarm } from '../../core/evidence/missing-alarms.ts';
import { InvalidInputError, StalePlanError } from '../../core/shared/errors.ts';
import type { Actuator, AlarmSource, Clock, MetricSource, Sample, WorkloadProbe } from '../../core/shared/ports.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import { after, epochMs, seconds, toIso } from '../../core/shared/units.ts';

type Readings = Readonly<Partial<Record<MetricRole, number>>>;

const WELL: Readings = {
  errorRate: 0.5,
  latencyP95: 120,
  cpuUtilization: 30,
  memoryUtilization: 40,
  requestCount: 1_000,
};

/** Something that breaks the service, and what mends it. */
export interface Fault {
  /** What is measured while it lasts, where it differs from a service that is well. */
  readonly readings: Readings;
  /** Tasks that stand out as sick. */
  readonly sickTasks?: number;
  /** The revision that runs since just before the onset is not the one that was stable. */
  readonly deployed?: boolean;
  readonly curedBy?: readonly ActionId[];
  /** Actions after which everything fails, until they are undone. */
  readonly worsenedBy?: readonly ActionId[];
  /** Percent of its memory that it loses every minute, until it is cured. */
  readonly leaksPerMinute?: number;
  /** Seconds after which it is over by itself. */
  readonly endsAfterSeconds?: number;
}

const EVERYTHING_FAILS: Readings = { errorRate: 100, latencyP95: 5_000 };

type Change = Pick<AppliedAction, 'changeIds' | 'detail'>;

/** One ECS service that can break, be measured and be healed, in simulated time. */
export interface SimulatedService {
  readonly workload: EcsServiceWorkload;
  readonly probe: WorkloadProbe;
  readonly metrics: MetricSource;
  readonly alarms: AlarmSource;
  readonly actuator: Actuator;
  /** Every real change, in order; a call that changes nothing leaves no trace. */
  readonly effects: readonly string[];
  breakWith(fault: Fault): void;
  /** Somebody deletes an alarm, of this service or of another. */
  deleteAlarm(alarmName: string): void;
  /** Somebody else deploys another revision. */
  deployByHand(): void;
}

const arnOf = (kind: string, name: string): string => `arn:aws:ecs:eu-central-1:111122223333:${kind}/${name}`;

export const simulatedService = (workload: EcsServiceWorkload, clock: Clock): SimulatedService => {
  const effects: string[] = [];
  const deleted = new Set<string>();
  const history: { readonly at: EpochMs; readonly readings: Readings }[] = [{ at: epochMs(0), readings: WELL }];
  let fault: Fault | null = null;
  let count = 0;
  let desired = workload.minTasks;
  let tasks: TaskSummary[] = [];
  let deployment = { revision: revisionOf(7), id: 'ecs-svc/0', createdAt: after(clock.now(), seconds(-86_400)) };
  const stable = { ...deployment };

  const leaks: { readonly from: EpochMs; to: EpochMs | null; readonly perMinute: number }[] = [];

  const memoryAt = (time: EpochMs): number => {
    const leak = leaks.find(({ from, to }) => time >= from && (to === null || time < to));
    return Math.min(100, 40 + (leak === undefined ? 0 : ((time - leak.from) / 60_000) * leak.perMinute));
  };
  const readingsAt = (time: EpochMs): Readings => {
    const readings = history.findLast((entry) => entry.at <= time)?.readings ?? WELL;
    return leaks.length === 0 ? readings : { ...readings, memoryUtilization: memoryAt(time) };
  };
  const becomes = (readings: Readings): void => {
    const now = clock.now();
    // What was foretold (an end by itself) no longer comes.
    while ((history.at(-1)?.at ?? 0) > now) history.pop();
    history.push({ at: now, readings: { ...WELL, ...readings } });
  };
  const newTask = (sick: boolean): TaskSummary => {
    count += 1;
    return {
      taskArn: arnOf('task', `shop/t${count}`),
      lastStatus: 'RUNNING',
      startedAt: toIso(clock.now()),
      sick,
      reason: sick ? 'fails 80 % of its requests' : null,
    };
  };
  const fill = (sick: number): void => {
    while (tasks.length < desired) tasks.push(newTask(false));
    tasks = tasks.slice(0, desired).map((task, index) => (index < sick ? { ...task, sick: true } : task));
  };
  const feel = (actionId: ActionId): void => {
    if (fault === null) return;
    if (fault.curedBy?.includes(actionId) === true) {
      fault = null;
      for (const leak of leaks) leak.to ??= clock.now();
      tasks = tasks.map((task) => ({ ...task, sick: false, reason: null }));
      becomes(WELL);
    } else if (fault.worsenedBy?.includes(actionId) === true) {
      becomes(EVERYTHING_FAILS);
    } else {
      fill(fault.sickTasks ?? 0);
    }
  };
  const did = (effect: string, actionId: ActionId): void => {
    effects.push(effect);
    feel(actionId);
  };
  const deploy = (revision: string, effect: string, actionId: ActionId): string[] => {
    deployment = { revision, id: `ecs-svc/${effects.length + 1}`, createdAt: clock.now() };
    tasks = [];
    fill(0);
    did(effect, actionId);
    return [deployment.id];
  };

  const change = (plan: ActionPlan): Change => {
    switch (plan.actionId) {
      case 'wait':
      case 'escalate':
        return { changeIds: [], detail: `${plan.actionId}; nothing was changed` };
      case 'restart': {
        const stopped = plan.taskArns.filter((arn) => tasks.some(({ taskArn }) => taskArn === arn));
        tasks = tasks.filter(({ taskArn }) => !stopped.includes(taskArn));
        fill(0);
        if (stopped.length > 0) did(`restart ${stopped.join(' ')}`, 'restart');
        return { changeIds: stopped, detail: `stopped ${stopped.length} of ${plan.taskArns.length} planned tasks` };
      }
      case 'redeploy':
        return { changeIds: deploy(deployment.revision, 'redeploy', 'redeploy'), detail: 'started a deployment' };
      case 'scaleOut':
      case 'scaleIn':
        return scale(plan.actionId, plan.fromTasks, plan.toTasks);
      case 'rollback':
        return switchTo(plan.fromRevision, plan.toRevision, 'rollback');
      case 'redrive':
        throw new InvalidInputError('redrive cannot be done to a service');
    }
  };
  const scale = (actionId: ActionId, from: number, to: number): Change => {
    if (desired === to) return { changeIds: [], detail: `the service already wants ${to} tasks` };
    if (desired !== from) throw new StalePlanError(`planned for ${from} desired tasks, but it has ${desired} now`);
    desired = to;
    fill(0);
    did(`${actionId} ${from} to ${to}`, actionId);
    return { changeIds: [], detail: `changed the number of desired tasks from ${from} to ${to}` };
  };
  const switchTo = (from: string, to: string, actionId: ActionId): Change => {
    if (deployment.revision === to) return { changeIds: [deployment.id], detail: 'the service already runs it' };
    if (deployment.revision !== from) {
      throw new StalePlanError(`planned for ${from}, but it runs ${deployment.revision} now`);
    }
    return { changeIds: deploy(to, `${actionId} to ${to}`, actionId), detail: `started a deployment of ${to}` };
  };
  /** Undoing gives back the fault as it was before it was made worse. */
  const takeBack = (effect: string): void => {
    effects.push(effect);
    if (fault !== null) becomes(fault.readings);
  };

  fill(0);
  return {
    workload,
    effects,
    breakWith: (broken) => {
      fault = broken;
      if (broken.deployed === true) deployment = { revision: revisionOf(8), id: 'ecs-svc/bad', createdAt: clock.now() };
      fill(broken.sickTasks ?? 0);
      becomes(broken.readings);
      if (broken.leaksPerMinute !== undefined) {
        leaks.push({ from: clock.now(), to: null, perMinute: broken.leaksPerMinute });
      }
      if (broken.endsAfterSeconds === undefined) return;
      history.push({ at: after(clock.now(), seconds(broken.endsAfterSeconds)), readings: WELL });
    },
    deleteAlarm: (alarmName) => void deleted.add(alarmName),
    deployByHand: () => {
      desired += 1;
      deployment = { revision: revisionOf(9), id: 'ecs-svc/by-hand', createdAt: clock.now() };
    },
    probe: {
      state: async (): Promise<WorkloadState> => ({
        desired,
        running: tasks.length,
        tasks: structuredClone(tasks),
        exits: [],
        currentRevision: {
          revision: deployment.revision,
          deploymentId: deployment.id,
          createdAt: toIso(deployment.createdAt),
          stable: fault?.deployed !== true,
        },
        stableRevision:
          deployment.revision === stable.revision
            ? null
            : {
                revision: stable.revision,
                deploymentId: stable.id,
                createdAt: toIso(stable.createdAt),
                stable: true,
              },
        deploymentInProgress: false,
        lastChange: deployment.revision === stable.revision ? null : 'code',
        deadLetters: null,
      }),
    },
    metrics: {
      read: async (metrics, { from, to, periodSeconds }) => {
        const samples = (role: MetricRole) => samplesOf((time) => readingsAt(time)[role], { from, to, periodSeconds });
        return Object.fromEntries(Object.keys(metrics).map((role) => [role, samples(role as MetricRole)]));
      },
      // Of several services: this one as it is, every other one well.
      readEach: async (refs, window) =>
        refs.map((ref) => {
          const role = ROLE_OF_METRIC[ref.metricName];
          if (role === undefined) return [];
          const isOurs = ref.dimensions['ServiceName'] === workload.workloadId;
          return samplesOf((time) => (isOurs ? readingsAt(time) : WELL)[role], window);
        }),
    },
    alarms: {
      states: async (alarms, missing) => {
        const unknown = alarms.flatMap(({ alarmName }) => (deleted.has(alarmName) ? [alarmName] : []));
        if (unknown.length > 0 && missing !== 'omit') throw new InvalidInputError(noSuchAlarm(unknown));
        const readings = readingsAt(clock.now());
        const firing: Readonly<Partial<Record<MetricRole, boolean>>> = {
          errorRate: (readings.errorRate ?? 0) > workload.slo.errorRatePercent,
          latencyP95: (readings.latencyP95 ?? 0) > workload.slo.latencyP95Ms,
          cpuUtilization: (readings.cpuUtilization ?? 0) > 80,
        };
        const known = alarms.filter(({ alarmName }) => !deleted.has(alarmName));
        return known.map(({ alarmName, role }) => {
          const ours = workload.alarms.some((alarm) => alarm.alarmName === alarmName);
          return { alarmName, role, state: ours && firing[role] === true ? 'ALARM' : 'OK', since: null };
        });
      },
    },
    actuator: {
      isApplied: async (_, plan, since) => {
        switch (plan.actionId) {
          case 'restart':
            return plan.taskArns.every((arn) => !tasks.some(({ taskArn }) => taskArn === arn));
          case 'redeploy':
            return deployment.createdAt >= since;
          case 'scaleOut':
          case 'scaleIn':
            return desired === plan.toTasks;
          case 'rollback':
            return deployment.revision === plan.toRevision;
          default:
            return false;
        }
      },
      apply: async (_, plan) => change(plan),
      undo: async (_, plan) => {
        switch (plan.actionId) {
          case 'scaleOut':
          case 'scaleIn': {
            if (desired === plan.fromTasks) return { changeIds: [], detail: 'it is as it was' };
            if (desired !== plan.toTasks)
              throw new StalePlanError(`planned for ${plan.toTasks}, but it has ${desired}`);
            desired = plan.fromTasks;
            tasks = tasks.slice(0, desired);
            takeBack(`undo ${plan.actionId}`);
            return { changeIds: [], detail: `set the number of tasks back to ${plan.fromTasks}` };
          }
          case 'rollback': {
            if (deployment.revision === plan.fromRevision) return { changeIds: [], detail: 'it is as it was' };
            if (deployment.revision !== plan.toRevision) {
              throw new StalePlanError(`planned for ${plan.toRevision}, but it runs ${deployment.revision}`);
            }
            deployment = { revision: plan.fromRevision, id: `ecs-svc/${effects.length + 1}`, createdAt: clock.now() };
            takeBack('undo rollback');
            return { changeIds: [deployment.id], detail: `went forward to ${plan.fromRevision}` };
          }
          default:
            return { changeIds: [], detail: 'nothing has to be put back' };
        }
      },
    },
  };
};

const ROLE_OF_METRIC: Readonly<Record<string, MetricRole>> = {
  ErrorRate: 'errorRate',
  LatencyP95: 'latencyP95',
  RequestCount: 'requestCount',
};

const samplesOf = (
  valueAt: (time: EpochMs) => number | undefined,
  { from, to, periodSeconds }: Parameters<MetricSource['readEach']>[1],
): Sample[] => {
  const samples: Sample[] = [];
  const step = periodSeconds * 1_000;
  for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
    const value = valueAt(epochMs(time));
    if (value !== undefined) samples.push({ at: epochMs(time), value });
  }
  return samples;
};

const revisionOf = (number: number): string => arnOf('task-definition', `payments:${number}`);

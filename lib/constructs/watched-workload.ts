import { CustomResource, Stack, Validations } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { ActionId } from '../../core/contracts/action.ts';
import { WorkloadSchema, type AlarmRef, type MetricRole, type Workload } from '../../core/contracts/workload.ts';
import { acknowledgeWildcard } from './acknowledge.ts';
import { detectionOf } from './detection.ts';
import { permissionsFor, READ_PERMISSIONS, type Permission } from './action-permissions.ts';
import type { SelfHealing } from './self-healing.ts';
import { roleMetricOf, type GivenMetric, type RoleMetric } from './role-metric.ts';
import type { WatchOptions } from './watch-options.ts';
import type { WatchTarget } from './watch-targets.ts';
import { alarmFor } from './workload-alarms.ts';

export interface WatchedWorkloadProps {
  readonly healing: SelfHealing;
  readonly workloadId: string;
  readonly target: WatchTarget;
  readonly options: WatchOptions;
}

type Metrics = Readonly<Partial<Record<MetricRole, RoleMetric>>>;

/** One workload in the care of a healing system; made by `SelfHealing.watch`. */
export class WatchedWorkload extends Construct {
  /** As it is registered; what only the deployment knows is a token. */
  readonly workload: Workload;
  readonly alarms: ReadonlyMap<MetricRole, cloudwatch.Alarm>;
  readonly resource: CustomResource;

  /** @throws Error with field, value and what is allowed, when an option cannot be used */
  constructor(scope: Construct, id: string, props: WatchedWorkloadProps) {
    super(scope, id);
    const { healing, target, options } = props;
    const allowedActions = options.allowedActions ?? target.defaultActions;
    const permissions = permissionsFor(target.kind, allowedActions);
    const metrics = { ...target.defaultMetrics, ...given(options.metrics ?? {}) };
    const alarms = this.#planAlarms(props, metrics);
    const detection = detectionOf(options, Object.keys(registered(metrics)) as MetricRole[]);
    this.workload = parse(this.node.path, {
      kind: target.kind,
      ...target.attributes,
      workloadId: props.workloadId,
      owner: options.owner ?? healing.owner,
      criticality: options.criticality ?? 2,
      tier: options.tier ?? target.kind,
      slo: sloOf(options),
      dependsOn: [...(options.dependsOn ?? [])],
      allowedActions: [...allowedActions],
      alarms: alarms.map(({ role, alarmName }): AlarmRef => ({ alarmName, role })),
      metricPeriodSeconds: options.metricPeriodSeconds ?? 60,
      metrics: registered(metrics),
      ...(detection === undefined ? {} : { detection }),
      ...(options.maintenanceWindows === undefined ? {} : { maintenanceWindows: options.maintenanceWindows }),
      ...(options.quietHours === undefined ? {} : { quietHours: options.quietHours }),
    });
    this.alarms = new Map(alarms.map(({ role, props: alarm }) => [role, this.#createAlarm(role, alarm, healing)]));
    this.#allow(props, allowedActions, permissions);
    this.resource = new CustomResource(this, 'Resource', {
      serviceToken: healing.registrarArn,
      resourceType: 'Custom::KintsugiWorkload',
      // One string, because CloudFormation would turn each number in it into a string.
      properties: { Workload: Stack.of(this).toJsonString(this.workload) },
    });
    if (detection !== undefined) this.#detect(props);
    for (const { id, message } of target.warnings) Validations.of(this).addWarning(id, message);
    // Registered last: the first incident may come at once, and needs the permissions.
    this.resource.node.addDependency(healing.policies.sense, healing.policies.act, healing.policies.observe);
  }

  #planAlarms(
    { healing, workloadId, target, options }: WatchedWorkloadProps,
    metrics: Metrics,
  ): readonly PlannedAlarm[] {
    const context = { slo: sloOf(options), minTasks: target.minTasks, evaluation: options.evaluation };
    return (Object.entries(metrics) as [MetricRole, RoleMetric][]).flatMap(([role, metric]) => {
      const props = alarmFor(role, metric, context);
      const alarmName = `kintsugi-${healing.environment}-${workloadId}-${role}`;
      return props === null ? [] : [{ role, alarmName, props: { ...props, alarmName } }];
    });
  }

  #createAlarm(role: MetricRole, props: cloudwatch.AlarmProps, healing: SelfHealing): cloudwatch.Alarm {
    const alarm = new cloudwatch.Alarm(this, `${role}Alarm`, props);
    alarm.addAlarmAction(new SnsAction(healing.alarmTopic));
    alarm.addOkAction(new SnsAction(healing.alarmTopic));
    return alarm;
  }

  /** The detector learns from it that a service was deployed anew, and how many of its tasks run. */
  #detect({ healing, target, workloadId }: WatchedWorkloadProps): void {
    const { schedule, policy } = healing.detection;
    schedule.add(workloadId);
    if (target.kind === 'ecs-service') add(policy, target, [{ actions: ['ecs:DescribeServices'], on: 'service' }]);
  }

  /** Act may look at what it may change, and at nothing else. */
  #allow({ healing, target }: WatchedWorkloadProps, actions: readonly ActionId[], needed: readonly Permission[]): void {
    const reads = READ_PERMISSIONS[target.kind];
    const { act, sense, observe } = healing.policies;
    add(sense, target, reads);
    add(observe, target, reads);
    if (needed.length > 0) add(act, target, [...reads, ...needed]);
    if (actions.includes('redrive')) {
      for (const keyArn of target.keyArns) {
        act.addStatements(
          new iam.PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [keyArn] }),
        );
      }
    }
    if (target.roleArns.length > 0) {
      act.addStatements(
        new iam.PolicyStatement({
          actions: ['iam:PassRole'],
          resources: [...target.roleArns],
          conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
        }),
      );
    }
  }
}

interface PlannedAlarm {
  readonly role: MetricRole;
  readonly alarmName: string;
  readonly props: cloudwatch.AlarmProps;
}

const sloOf = (options: WatchOptions) => options.slo ?? { errorRatePercent: 5, latencyP95Ms: 400 };

/** Why some resources can only be named by a pattern. */
const WILDCARDS: Readonly<Partial<Record<Permission['on'], string>>> = {
  anyInCluster: 'ecs:ListTasks takes no resource; a condition holds it to the cluster.',
  tasks: 'Tasks get their ids when they start; the pattern and a condition hold to the cluster.',
  serviceRevisions: 'Revisions get their ids when they are made; the pattern holds to the service.',
};

const add = (policy: iam.Policy, target: WatchTarget, permissions: readonly Permission[]): void => {
  for (const { actions, on } of permissions) {
    const arn = on === 'anyInCluster' ? '*' : target.arns[on];
    if (arn === undefined) throw new Error(`${target.kind} has no resource "${on}" for ${actions.join(', ')}.`);
    const reason = WILDCARDS[on];
    if (reason !== undefined) acknowledgeWildcard(policy, reason, arn);
    const needsCluster = on === 'anyInCluster' || on === 'tasks';
    policy.addStatements(
      new iam.PolicyStatement({
        actions: [...actions],
        resources: [arn],
        ...(needsCluster ? { conditions: { ArnEquals: { 'ecs:cluster': target.clusterArn } } } : {}),
      }),
    );
  }
};

const given = (metrics: NonNullable<WatchOptions['metrics']>): Metrics =>
  Object.fromEntries(
    (Object.entries(metrics) as [MetricRole, GivenMetric][]).map(([role, metric]) => [
      role,
      roleMetricOf(role, metric),
    ]),
  );

/** An expression has no name by which it could be read; the alarm on it is registered. */
const registered = (metrics: Metrics): Workload['metrics'] =>
  Object.fromEntries(
    Object.entries(metrics).flatMap(([role, metric]) => ('ref' in metric ? [[role, metric.ref]] : [])),
  );

const parse = (path: string, workload: unknown): Workload => {
  const parsed = WorkloadSchema.safeParse(workload);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => {
    const value = issue.path.reduce<unknown>(
      (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
      workload,
    );
    return `  ${issue.path.map(String).join('.')} = ${JSON.stringify(value)} is not allowed: ${issue.message}`;
  });
  throw new Error(`${path} cannot be watched:\n${lines.join('\n')}`);
};

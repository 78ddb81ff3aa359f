import * as z from 'zod';
import type { Signal } from '../contracts/signal.ts';
import { SignalSchema } from '../contracts/signal.ts';
import type { MetricRole, Workload } from '../contracts/workload.ts';
import { EventDetailSchema } from '../contracts/event.ts';
import { redactText } from '../journal/redact.ts';
import { cut } from '../shared/cut.ts';
import { parseJson } from '../shared/parse-json.ts';
import { FindingSchema } from './finding.ts';
import type { Deployed, Sha256 } from '../shared/ports.ts';
import { fromIso, toIso } from '../shared/units.ts';

/** What becomes of one message: a signal, a change to remember, nothing to act on, or something that nobody can read. */
export type Normalised =
  | { readonly kind: 'signal'; readonly signal: Signal }
  | { readonly kind: 'deployed'; readonly deployment: Deployed }
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'malformed'; readonly reason: string };

const ignored = (reason: string): Normalised => ({ kind: 'ignored', reason });
const malformed = (reason: string): Normalised => ({ kind: 'malformed', reason });

/** How bad a breach of each role is for users, 0-100; the environment's threshold decides what opens an incident. */
export const ROLE_SEVERITY: Readonly<Record<MetricRole, number>> = {
  runningTaskCount: 80,
  errorRate: 70,
  latencyP95: 60,
  deadLetters: 60,
  memoryUtilization: 55,
  poolUtilization: 55,
  dependencyErrorRate: 55,
  queueAge: 55,
  cpuUtilization: 35,
  requestCount: 20,
};

/** A CloudWatch alarm as SNS delivers it. */
const AlarmMessageSchema = z.object({
  AlarmName: z.string().min(1),
  NewStateValue: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']),
  NewStateReason: z.string().default(''),
  StateChangeTime: z.string().min(1),
});

/** An SNS delivery without raw mode. */
const SnsEnvelopeSchema = z.object({ Type: z.literal('Notification'), Message: z.string() });

const EcsEventSchema = z.object({
  id: z.string().min(1),
  source: z.literal('aws.ecs'),
  'detail-type': z.string(),
  time: z.string(),
  resources: z.array(z.string()).default([]),
  detail: z.object({
    eventType: z.string().optional(),
    eventName: z.string().optional(),
    deploymentId: z.string().optional(),
    reason: z.string().optional(),
    clusterArn: z.string().optional(),
  }),
});

/** An event of the unified schema, as `POST /events` queues it; `dataset` names the workload. */
const ExternalEventSchema = z.object({
  kintsugi: z.literal('event'),
  id: z.string().min(1),
  detail: EventDetailSchema,
});

/**
 * Turns one message into a signal about a registered workload.
 *
 * The signal's id is derived from what was observed, not from the delivery: copies of one observation have one id.
 *
 * @param body - the message as it arrived, JSON text
 */
export const normaliseMessage = (body: string, registry: readonly Workload[], sha256: Sha256): Normalised => {
  const message = parseJson(body);
  if (message === undefined) return malformed('is not JSON');
  const envelope = SnsEnvelopeSchema.safeParse(message);
  if (envelope.success) return normaliseMessage(envelope.data.Message, registry, sha256);
  if (has(message, 'AlarmName')) return fromAlarm(message, registry, sha256);
  if (has(message, 'source')) return fromEcsEvent(message, registry, sha256);
  if (has(message, 'finding')) return fromFinding(message, registry, sha256);
  if (has(message, 'kintsugi')) return fromExternalEvent(message, registry, sha256);
  return malformed(
    'is neither an alarm, an ECS event nor an external event: AlarmName, source and kintsugi are missing',
  );
};

const fromAlarm = (message: unknown, registry: readonly Workload[], sha256: Sha256): Normalised => {
  const parsed = AlarmMessageSchema.safeParse(message);
  if (!parsed.success) return malformed(`alarm: ${z.prettifyError(parsed.error)}`);
  const { AlarmName, NewStateValue, NewStateReason, StateChangeTime } = parsed.data;
  const owner = registry.find(({ alarms }) => alarms.some(({ alarmName }) => alarmName === AlarmName));
  const role = owner?.alarms.find(({ alarmName }) => alarmName === AlarmName)?.role;
  if (owner === undefined || role === undefined) {
    const reason = `alarm ${AlarmName} belongs to no registered workload`;
    // A new workload's alarms say that all is well before it is registered: only one that fires is missed by somebody.
    return NewStateValue === 'ALARM' ? malformed(reason) : ignored(reason);
  }
  if (NewStateValue === 'INSUFFICIENT_DATA') return ignored(`alarm ${AlarmName} lost its data`);
  const occurredAt = isoOf(StateChangeTime);
  if (occurredAt === null) return malformed(`alarm: StateChangeTime '${StateChangeTime}' is not a time`);
  return signal({
    signalId: sha256(`alarm|${AlarmName}|${NewStateValue}|${occurredAt}`),
    workloadId: owner.workloadId,
    source: 'alarm',
    status: NewStateValue === 'ALARM' ? 'firing' : 'resolved',
    role,
    severity: ROLE_SEVERITY[role],
    occurredAt,
    summary: `${ROLE_WORDS[role]} (${shorten(NewStateReason) || AlarmName})`,
    changeIds: [],
  });
};

const fromEcsEvent = (message: unknown, registry: readonly Workload[], sha256: Sha256): Normalised => {
  const parsed = EcsEventSchema.safeParse(message);
  if (!parsed.success) return malformed(`ECS event: ${z.prettifyError(parsed.error)}`);
  const { id, resources, time, detail } = parsed.data;
  const owner = registry.find(
    (workload) =>
      workload.kind === 'ecs-service' &&
      resources.some((arn) => arn.endsWith(`/${clusterName(workload.clusterArn)}/${workload.serviceName}`)),
  );
  if (owner === undefined) return ignored('is about no registered service');
  const occurredAt = isoOf(time);
  if (occurredAt === null) return malformed(`ECS event: time '${time}' is not a time`);
  const { eventName, deploymentId } = detail;
  if (eventName === 'SERVICE_DEPLOYMENT_IN_PROGRESS' && deploymentId !== undefined) {
    const { workloadId } = owner;
    return { kind: 'deployed', deployment: { workloadId, deploymentId, at: fromIso(occurredAt) } };
  }
  const severity = FAILING_ECS_EVENTS[eventName ?? ''];
  if (severity === undefined) return ignored(`${eventName ?? parsed.data['detail-type']} is context, read when needed`);
  return signal({
    signalId: sha256(`ecs|${id}`),
    workloadId: owner.workloadId,
    source: 'ecs',
    status: 'firing',
    role: null,
    severity,
    occurredAt,
    summary: `ECS reports ${detail.eventName ?? ''}: ${shorten(detail.reason ?? 'no reason given')}`,
    changeIds: detail.deploymentId === undefined ? [] : [detail.deploymentId],
  });
};

/** ECS's own reports of trouble, with how bad they are; everything else is context that Sense reads itself. */
const FAILING_ECS_EVENTS: Readonly<Record<string, number>> = {
  SERVICE_DEPLOYMENT_FAILED: 60,
  SERVICE_TASK_START_IMPAIRED: 65,
  SERVICE_TASK_PLACEMENT_FAILURE: 50,
};

const fromExternalEvent = (message: unknown, registry: readonly Workload[], sha256: Sha256): Normalised => {
  const parsed = ExternalEventSchema.safeParse(message);
  if (!parsed.success) return malformed(`external event: ${z.prettifyError(parsed.error)}`);
  const { id, detail } = parsed.data;
  const owner = registry.find(({ workloadId }) => workloadId === detail.dataset);
  if (detail.event !== 'SignalReceived') return ignored(`external ${detail.event} is recorded, not acted on`);
  if (owner === undefined) return malformed(`external event: dataset '${detail.dataset}' is no registered workload`);
  return signal({
    signalId: sha256(`webhook|${id}`),
    workloadId: owner.workloadId,
    source: 'webhook',
    status: detail.status === 'resolved' ? 'resolved' : 'firing',
    role: null,
    severity: 60,
    occurredAt: toIso(fromIso(detail.timestamp)),
    summary: `reported from outside: ${shorten(detail.status)}`,
    changeIds: [],
  });
};

/** The id is that of the sample or of the beginning of the trend: a detector that looks twice finds the same thing once. */
const fromFinding = (message: unknown, registry: readonly Workload[], sha256: Sha256): Normalised => {
  const parsed = FindingSchema.safeParse(message);
  if (!parsed.success) return malformed(`finding: ${z.prettifyError(parsed.error)}`);
  const { finding, workloadId, role, severity, at, since, summary } = parsed.data;
  if (!registry.some((workload) => workload.workloadId === workloadId)) {
    return ignored(`${finding} of ${workloadId}, which is registered no longer`);
  }
  return signal({
    signalId: sha256(`${finding}|${workloadId}|${role}|${since}`),
    workloadId,
    source: finding,
    status: 'firing',
    role,
    severity,
    occurredAt: at,
    summary,
    changeIds: [],
    ...(parsed.data.finding === 'forecast' ? { forecast: parsed.data.forecast } : {}),
  });
};

const signal = (candidate: Signal): Normalised => {
  const parsed = SignalSchema.safeParse({ ...candidate, summary: redactText(candidate.summary) });
  return parsed.success ? { kind: 'signal', signal: parsed.data } : malformed(z.prettifyError(parsed.error));
};

const ROLE_WORDS: Readonly<Record<MetricRole, string>> = {
  requestCount: 'unusual traffic',
  errorRate: 'too many requests fail',
  latencyP95: 'responses are too slow',
  cpuUtilization: 'CPU is saturated',
  memoryUtilization: 'memory is running out',
  runningTaskCount: 'too few tasks are running',
  dependencyErrorRate: 'calls to a dependency fail',
  poolUtilization: 'the connection pool is running out',
  queueAge: 'messages wait too long',
  deadLetters: 'messages were given up',
};

const has = (value: unknown, key: string): boolean => typeof value === 'object' && value !== null && key in value;

/** CloudWatch writes `2026-11-21T05:30:00.000+0000`, others ISO 8601; null for neither. */
const isoOf = (text: string): string | null => {
  const value = Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  return Number.isNaN(value) ? null : new Date(value).toISOString();
};

const clusterName = (arn: string): string => arn.split('/').at(-1) ?? arn;
const shorten = (text: string): string => cut(text, 200, '…');

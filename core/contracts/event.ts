import * as z from 'zod';
import { AgentNameSchema, AgentStateSchema } from './agent.ts';
import { EnvironmentNameSchema } from './workload.ts';

/**
 * Past-tense names of what is announced on the bus; `detail-type` of the event. `SignalReceived` and `DeploymentRecorded` are
 * told to Kintsugi by others, through `POST /events`; all the others are its own.
 */
export const EventNameSchema = z.enum([
  'SignalReceived',
  'IncidentOpened',
  'EvidenceGathered',
  'EvidenceValidated',
  'ActionDecided',
  'ActionAllowed',
  'ActionRefused',
  'ApprovalRequested',
  'ApprovalAnswered',
  'ActionStarted',
  'ActionApplied',
  'ActionUndone',
  'OutcomeMeasured',
  'AttemptExplained',
  'IncidentResolved',
  'IncidentEscalated',
  'IncidentDismissed',
  'DeploymentRecorded',
  'AgentHeartbeat',
  'ModelSnapshotTaken',
  'ModelEvaluated',
  'ModelPromoted',
  'ModelRolledBack',
]);
export type EventName = z.output<typeof EventNameSchema>;

/** The unified schema: internal events and those accepted through `POST /events`. */
export const EventDetailSchema = z.object({
  schema_version: z.literal(1),
  event: EventNameSchema,
  env: EnvironmentNameSchema,
  status: z.string().min(1),
  /** Milliseconds that the reported step took. */
  latency: z.number().min(0),
  timestamp: z.iso.datetime(),
  action_type: z.string().nullable(),
  worker_id: z.string().nullable(),
  dataset: z.string().nullable(),
  incident_id: z.string().nullable(),
  agent_id: z.string().nullable(),
  agent_state: AgentStateSchema.nullable(),
  last_decision: z.string().nullable(),
  correlation_id: z.string().min(1),
});
export type EventDetail = z.output<typeof EventDetailSchema>;

export const BusEventSchema = z.object({
  source: z.templateLiteral(['kintsugi.', AgentNameSchema]),
  detailType: EventNameSchema,
  detail: EventDetailSchema,
});
export type BusEvent = z.output<typeof BusEventSchema>;

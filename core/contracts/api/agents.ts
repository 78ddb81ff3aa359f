import * as z from 'zod';
import { ActionIdSchema, RiskSchema } from '../action.ts';
import { AgentIdSchema, AgentNameSchema, AgentStateSchema } from '../agent.ts';
import { EnvironmentNameSchema } from '../workload.ts';
import type { RouteSpec } from './route.ts';

/** What people and records say of an agent's work; of the last thirty days. Rates are null while there is nothing to rate. */
export const AgentStatisticsSchema = z.object({
  since: z.iso.datetime(),
  incidents: z.int(),
  recovered: z.int(),
  escalated: z.int(),
  /** Recovered, of those that were recovered or handed to a person. */
  successRatePercent: z.number().nullable(),
  ratings: z.object({
    resolved: z.int(),
    notResolved: z.int(),
    helpful: z.int(),
    tooSlow: z.int(),
    wrong: z.int(),
  }),
});

export const AgentStatusSchema = z.object({
  agentId: AgentIdSchema,
  name: AgentNameSchema.nullable(),
  state: AgentStateSchema,
  lastHeartbeat: z.iso.datetime().nullable(),
  lastDecision: z.object({ action: z.string(), incidentId: z.string().nullable(), at: z.iso.datetime() }).nullable(),
  /** Null for agents that do not heal. */
  statistics: AgentStatisticsSchema.nullable(),
});
export const AgentListSchema = z.object({ agents: z.array(AgentStatusSchema) });

/** The action catalogue with the expert's figures, and what its faults and symptoms mean. */
export const CatalogueSchema = z.object({
  actions: z.array(
    z.object({
      actionId: ActionIdSchema,
      title: z.string(),
      kinds: z.array(z.string()),
      risk: RiskSchema,
      /** In words; null when it cannot be undone. */
      undo: z.string().nullable(),
      mutates: z.boolean(),
      /** Minutes to verified recovery when it works, to the verdict when it does not, and its own cost in impact-minutes. */
      fixMinutes: z.number().nullable(),
      verifyMinutes: z.number().nullable(),
      costMinutes: z.number().nullable(),
    }),
  ),
  hypotheses: z.array(z.object({ hypothesis: z.string(), meaning: z.string(), runbook: z.array(z.string()) })),
  symptoms: z.array(z.object({ symptom: z.string(), meaning: z.string() })),
});

/** `GET /health`, the only route without a token. */
export const HealthSchema = z.object({ status: z.literal('ok'), env: EnvironmentNameSchema });

export const CallerSchema = z.object({
  caller: z.string(),
  roles: z.array(z.string()),
  /** Operations that this caller may use: what a client offers, and what it greys out. */
  operations: z.array(z.string()),
});

export const agentRoutes = {
  listAgents: {
    method: 'GET',
    path: '/agents',
    role: 'viewer',
    tag: 'agents',
    summary: 'List the agents with state, heartbeat, last decision and success rate',
    status: 200,
    response: AgentListSchema,
  },
  showCatalogue: {
    method: 'GET',
    path: '/catalogue',
    role: 'viewer',
    tag: 'learning',
    summary: 'Show the catalogue of actions, faults and symptoms',
    status: 200,
    response: CatalogueSchema,
  },
  showHealth: {
    method: 'GET',
    path: '/health',
    role: null,
    tag: 'system',
    summary: 'Say whether the API answers',
    status: 200,
    response: HealthSchema,
  },
  showCaller: {
    method: 'GET',
    path: '/me',
    role: 'viewer',
    tag: 'system',
    summary: 'Show who is calling and what that person may do',
    status: 200,
    response: CallerSchema,
  },
  showOpenApi: {
    method: 'GET',
    path: '/openapi.json',
    role: 'viewer',
    tag: 'system',
    summary: 'Show this document',
    status: 200,
    response: z.looseObject({ openapi: z.string() }),
  },
} as const satisfies Readonly<Record<string, RouteSpec>>;

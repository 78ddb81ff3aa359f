import * as z from 'zod';
import { agentRoutes } from '../../core/contracts/api/agents.ts';
import { learningRoutes } from '../../core/contracts/api/learning.ts';
import { ListedVersionsSchema, ShownVersionSchema } from '../../core/contracts/model-archive.ts';
import { IncidentStatusSchema } from '../../core/contracts/incident.ts';
import { compilePolicies } from '../../core/guard/compile-policies.ts';
import { PolicySetSchema } from '../../core/guard/policy-set.ts';
import { respondAmong } from '../api/alone.ts';
import { gateDeps, ApiEnv } from '../api/gate-deps.ts';
import { HttpEventSchema } from '../api/http.ts';
import { cedarPolicies } from '../adapters/cedar-policies.ts';
import { loadCedar } from '../adapters/cedar.ts';
import { systemClock } from '../adapters/clock.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { readIncidents } from '../adapters/dynamodb-incidents.ts';
import { dynamodbJournal } from '../adapters/dynamodb-journal.ts';
import { dynamodbEvidence } from '../adapters/dynamodb-qtable.ts';
import { lambdaClient } from '../adapters/lambda-client.ts';
import { invokeFunction } from '../adapters/lambda-invoke.ts';
import { sha256 } from '../adapters/sha256.ts';
import { ssmClient } from '../adapters/ssm-client.ts';
import { readPublishedPointer } from '../adapters/ssm-pointer.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { asset } from '../shared/asset.ts';
import { CatalogueEnv, catalogueIn } from '../shared/catalogue.ts';
import { readEnv } from '../shared/env.ts';
import { modelHandlers } from './models.ts';
import { policyHandlers } from './policies.ts';

const env = readEnv({
  ...ApiEnv,
  ...CatalogueEnv,
  INCIDENTS_TABLE: z.string().min(1),
  JOURNAL_TABLE: z.string().min(1),
  QTABLE_TABLE: z.string().min(1),
  MODEL_PARAMETER: z.string().min(1),
  TRAINER_FUNCTION: z.string().min(1),
  PROMOTER_FUNCTION: z.string().min(1),
});
const client = dynamodbClient();

/** What the promoter answers. */
const PromotedSchema = z.object({ done: z.string(), reason: z.string() });

const { showCatalogue } = agentRoutes;
const respond = respondAmong(
  { showCatalogue, ...learningRoutes },
  {
    ...modelHandlers({
      env: env.KINTSUGI_ENV,
      catalogue: catalogueIn(env),
      evidence: dynamodbEvidence(client, env.QTABLE_TABLE),
      list: (limit) =>
        invokeFunction(lambdaClient(), env.TRAINER_FUNCTION, { command: 'list', limit }, ListedVersionsSchema),
      show: (version) =>
        invokeFunction(lambdaClient(), env.TRAINER_FUNCTION, { command: 'show', version }, ShownVersionSchema),
      pointer: () => readPublishedPointer(ssmClient(), env.MODEL_PARAMETER),
      startTrial: async (version, reason) => {
        const command = { command: 'promote', version, reason };
        const answer = await invokeFunction(lambdaClient(), env.PROMOTER_FUNCTION, command, PromotedSchema);
        return { started: answer.done === 'started', reason: answer.reason };
      },
    }),
    ...policyHandlers({
      clock: systemClock,
      deployed: () => PolicySetSchema.parse(JSON.parse(asset('policies.json'))),
      compile: async (text, file) =>
        compilePolicies({ name: 'schema', text }, [file], { cedar: await loadCedar(), sha256 }),
      engine: async (set) => cedarPolicies(await loadCedar(), set),
      incidents: async ({ since, until }, limit) => {
        const range = { from: since, to: until, limit };
        const parts = await Promise.all(
          IncidentStatusSchema.options.map((status) => readIncidents(client, env.INCIDENTS_TABLE, { status }, range)),
        );
        const found = parts.flatMap(({ incidents }) => incidents).filter(({ openedAt }) => openedAt < until);
        return found.sort((a, b) => b.openedAt.localeCompare(a.openedAt)).slice(0, limit);
      },
      journal: dynamodbJournal(client, env.JOURNAL_TABLE),
    }),
  },
  gateDeps(client, env.TRAFFIC_TABLE, env.CALLER_REQUESTS),
);

export const handler = agentHandler(HttpEventSchema, (event) => respond(event));

import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import * as z from 'zod';
import type { ChatDeps } from '../../core/chat/converse.ts';
import { planLines, queue } from '../../core/chat/converse.ts';
import { answerTo } from '../../core/chat/answer.ts';
import type { RequestIntent } from '../../core/chat/intent.ts';
import { interpret } from '../../core/chat/interpret.ts';
import { SEARCHED, worldOf } from '../../core/chat/records.ts';
import { IncidentStatusSchema } from '../../core/contracts/incident.ts';
import { IncidentIdSchema } from '../../core/contracts/loop-state.ts';
import { attemptsOf } from '../../core/explanation/timeline.ts';
import type { Json } from '../../core/journal/canonical-json.ts';
import { canonicalJson } from '../../core/journal/canonical-json.ts';
import type { Sha256 } from '../../core/shared/ports.ts';

export interface McpDeps extends ChatDeps {
  readonly sha256: Sha256;
  readonly version: string;
}

/** What only a person may say: a program neither approves, nor judges, nor lets go of a brake. */
const FOR_PEOPLE: ReadonlySet<RequestIntent['kind']> = new Set([
  'approve',
  'decline',
  'takeover',
  'rate',
  'mode',
  'resume',
]);

const READS = { readOnlyHint: true, openWorldHint: false };
const json = (value: unknown): CallToolResult => ({
  content: [{ type: 'text', text: JSON.stringify(value, null, 2) }],
});
const text = (value: string): CallToolResult => ({ content: [{ type: 'text', text: value }] });
const no = (value: string): CallToolResult => ({ ...text(value), isError: true });

/** Kintsugi for a program that speaks the Model Context Protocol: it can read, and ask for tasks; it can do nothing. */
export const mcpServer = (deps: McpDeps): McpServer => {
  const server = new McpServer({ name: `kintsugi-${deps.env}`, version: deps.version });
  addReads(server, deps);
  addWrites(server, deps);
  return server;
};

const addReads = (server: McpServer, { records, now, env }: McpDeps): void => {
  server.registerTool(
    'list_incidents',
    {
      description: `Incidents of ${env}, newest first`,
      inputSchema: { status: IncidentStatusSchema.optional(), limit: z.int().min(1).max(SEARCHED).default(20) },
      annotations: READS,
    },
    async ({ status, limit }) => {
      const all = await records.incidents(SEARCHED);
      return json(all.filter((one) => status === undefined || one.status === status).slice(0, limit));
    },
  );
  server.registerTool(
    'explain_incident',
    {
      description: 'One incident with its account and the timeline of its attempts, from its records',
      inputSchema: { incidentId: IncidentIdSchema },
      annotations: READS,
    },
    async ({ incidentId }) => {
      const [incident, journal] = await Promise.all([records.incident(incidentId), records.journal(incidentId)]);
      return incident === null
        ? no(`there is no incident ${incidentId} in ${env}`)
        : json({ incident, attempts: attemptsOf(journal) });
    },
  );
  server.registerTool(
    'show_topology',
    { description: 'Workloads with their dependencies, objectives and what may be done to them', annotations: READS },
    async () => json(await records.workloads()),
  );
  server.registerTool('show_mode', { description: 'What Kintsugi may do now', annotations: READS }, async () =>
    json(await records.mode()),
  );
  server.registerTool(
    'ask',
    {
      description:
        'Answers a question from the records: "why did you restart checkout?", "what would you do if payments leaked memory?"',
      inputSchema: { question: z.string().min(1).max(2_000) },
      annotations: READS,
    },
    async ({ question }) => {
      const found = interpret(question, await worldOf(env, records));
      if (found.kind === 'question') return json(await answerTo(found.intent, records, now()));
      if (found.kind === 'ask') return no([found.text, ...found.options].join('\n'));
      return no(found.kind === 'refuse' ? found.text : 'This is not a question; plan_request takes requests.');
    },
  );
};

const addWrites = (server: McpServer, deps: McpDeps): void => {
  server.registerTool(
    'plan_request',
    {
      description:
        'Reads a request ("scale checkout to 4 and then roll back payments") and shows its plan with its hash. Show it to the person; nothing is queued yet.',
      inputSchema: { request: z.string().min(1).max(2_000) },
      annotations: READS,
    },
    async ({ request }) => {
      const plan = await planOf(request, deps);
      return typeof plan === 'string' ? no(plan) : json({ plan: planLines(plan.steps), planHash: plan.hash });
    },
  );
  server.registerTool(
    'request_tasks',
    {
      description:
        'Queues the tasks of a plan that was shown. Each passes the guards, and a person where they ask for one. Needs the hash of that very plan.',
      inputSchema: { request: z.string().min(1).max(2_000), planHash: z.string().regex(/^[0-9a-f]{64}$/) },
      annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
    },
    async ({ request, planHash }) => {
      const plan = await planOf(request, deps);
      if (typeof plan === 'string') return no(plan);
      if (plan.hash !== planHash) return no('planHash: the plan is another one by now; show it again');
      const { kind, text: said, tasks } = await queue(plan, deps, false);
      return kind === 'refusal' ? no(said) : json(tasks);
    },
  );
};

/** The plan of a request with its hash; or why there is none. */
const planOf = async (request: string, { env, records, sha256 }: McpDeps) => {
  const found = interpret(request, await worldOf(env, records));
  if (found.kind === 'ask') return [found.text, ...found.options].join('\n');
  if (found.kind === 'refuse') return found.text;
  if (found.kind !== 'plan') return 'This is not a request; ask takes questions.';
  const forPeople = found.steps.find(({ intent }) => FOR_PEOPLE.has(intent.kind));
  if (forPeople !== undefined) return `Only a person may ${forPeople.intent.kind}: in the dashboard, or with kintsugi.`;
  const { steps, priority } = found;
  return { steps, priority, hash: sha256(canonicalJson({ env, steps, priority } as unknown as Json)) };
};

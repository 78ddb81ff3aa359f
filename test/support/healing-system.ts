import type { Limits, Mode } from '../../core/contracts/limits.ts';
import {
  ActInputSchema,
  DecideInputSchema,
  EnforceInputSchema,
  FailureSchema,
} from '../../core/contracts/loop-state.ts';
import { IncidentIdSchema, LoopStateSchema, ObserveInputSchema } from '../../core/contracts/loop-state.ts';
import { SenseInputSchema, UndoInputSchema, ValidateInputSchema } from '../../core/contracts/loop-state.ts';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import type { Notice } from '../../core/contracts/notice.ts';
import { questionMessage, textOf, toldMessage } from '../../core/notification/message.ts';
import type { ApprovalRequest, Incident } from '../../core/contracts/incident.ts';
import type { Approval } from '../../core/contracts/verdict.ts';
import type { EcsServiceWorkload, Workload } from '../../core/contracts/workload.ts';
import type { Answer } from '../../core/approval/answer.ts';
import type { PolicyEngine } from '../../core/guard/policy.ts';
import { giveAnswer } from '../../lambdas/shared/give-answer.ts';
import { defaultCatalogue } from '../../core/learning/default-catalogue.ts';
import { InvalidInputError } from '../../core/shared/errors.ts';
import * as z from 'zod';
import { act, undo } from '../../lambdas/act/act.ts';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import { decide } from '../../lambdas/decide/decide.ts';
import { enforce } from '../../lambdas/enforce/enforce.ts';
import { escalate } from '../../lambdas/escalate/escalate.ts';
import { explain } from '../../lambdas/explain/explain.ts';
import type { Handled } from '../../lambdas/issue-monitor/issue-monitor.ts';
import type { HeldSignal } from '../../lambdas/issue-monitor/held-signal.ts';
import { heldSignalMessage } from '../../lambdas/issue-monitor/held-signal.ts';
import { rememberedHomes } from '../../lambdas/issue-monitor/homes.ts';
import { handleMessage, handleMessages } from '../../lambdas/issue-monitor/issue-monitor.ts';
import { observe } from '../../lambdas/observe/observe.ts';
import {
  RequestApprovalInputSchema,
  recordAnswer,
  requestApproval,
} from '../../lambdas/request-approval/request-approval.ts';
import { sense } from '../../lambdas/sense/sense.ts';
import { validate } from '../../lambdas/validate/validate.ts';
import { AGENT_ID, aLimits, aService } from './builders.ts';
import type { Workflow } from '../../core/shared/ports.ts';
import { seconds } from '../../core/shared/units.ts';
import { alarmMessage } from './messages.ts';
import type { Crash } from './crashes.ts';
import { crashes } from './crashes.ts';
import { memoryModels, type MemoryModels } from './memory-models.ts';
import { memoryStores } from './memory-stores.ts';
import type { Execution } from './run-workflow.ts';
import { runWorkflow } from './run-workflow.ts';
import type { Fault, SimulatedService } from './simulated-service.ts';
import { simulatedService } from './simulated-service.ts';
import type { SimulatedClock } from './simulated-clock.ts';
import { simulatedClock, START } from './simulated-clock.ts';
import { ownPolicies } from './policies.ts';

export interface SystemOptions {
  readonly limits?: Partial<Limits>;
  readonly mode?: Mode;
  /** Kintsugi's own, unless a user's stand beside them. */
  readonly policies?: PolicyEngine;
  readonly workload?: Partial<EcsServiceWorkload>;
  /** Registered beside the simulated service; always well. */
  readonly others?: readonly Workload[];
  /** Time and stores of a fleet: several systems over the same ones are several workloads of one environment. */
  readonly fleet?: Pick<HealingSystem, 'clock' | 'stores'>;
  readonly crash?: Crash | null;
  /** How people answer, one after the other, when asked and once more when the end is announced; null: not at all. */
  readonly person?: (request: ApprovalRequest) => Partial<Answer> | readonly Partial<Answer>[] | null;
  /** Runs before a phase, to change the world behind the loop's back. */
  readonly before?: (phase: string, system: HealingSystem) => Promise<void> | void;
}

/** The whole product in memory around one simulated service: Issue Monitor, workflow, phases, stores. */
export interface HealingSystem {
  readonly clock: SimulatedClock;
  readonly service: SimulatedService;
  readonly stores: ReturnType<typeof memoryStores>;
  /** Versions, and the pointer to the one that decides. */
  readonly models: MemoryModels;
  /** What people were told, each notice with its words. */
  readonly notifications: (Notice & { readonly subject: string; readonly body: string })[];
  readonly quarantine: { readonly body: string; readonly reason: string }[];
  /** Messages in which waiting signals come back; a test delivers them when their time has come. */
  readonly waiting: string[];
  /** Second looks that were asked for, as messages; a test delivers them when their time has come. */
  readonly looks: string[];
  readonly workflow: Workflow;
  /** Executions that were started, by name, with their input. */
  readonly started: ReadonlyMap<string, unknown>;
  /** What people were told whose answer did nothing. */
  readonly refusals: readonly string[];
  /** Every write of every port, in order. */
  readonly writes: readonly string[];
  mode: Mode;
  deliver(body: string): Promise<Handled>;
  /** Messages of one batch. */
  deliverTogether(bodies: readonly string[]): Promise<readonly Handled[]>;
  /** Breaks the service, lets its alarm notice and delivers the alarm; the incident that it opened. */
  strike(fault: Fault): Promise<string>;
  /** Runs the execution of an incident to its end, the rule on execution status included. */
  run(incidentId: string): Promise<Execution>;
  incident(incidentId: string): Promise<Incident>;
  journal(incidentId: string): Promise<readonly JournalRecord[]>;
}

const ANSWER: Pick<Answer, 'answer' | 'approver' | 'reason'> = { answer: 'approve', approver: 'ada', reason: null };

const FromWorkflowSchema = z.object({
  state: z.looseObject({ incidentId: IncidentIdSchema, failure: FailureSchema.optional() }),
});
const ActCommandSchema = z.discriminatedUnion('command', [
  z.object({ command: z.literal('apply'), state: ActInputSchema }),
  z.object({ command: z.literal('undo'), state: UndoInputSchema }),
]);

/** As the handlers do: what arrives is unknown until its schema has accepted it. */
const phase =
  <Schema extends z.ZodType>(schema: Schema, run: (input: z.output<Schema>) => Promise<unknown>) =>
  async (payload: unknown): Promise<unknown> => {
    const parsed = schema.safeParse(payload);
    if (!parsed.success) throw new InvalidInputError(z.prettifyError(parsed.error));
    return run(parsed.data);
  };

/** A notice as a mail without links. */
const inWords = (
  notice: Notice,
  request: ApprovalRequest | null,
): { readonly subject: string; readonly body: string } => {
  if (notice.occasion !== 'question' && notice.occasion !== 'last_word') {
    const message = toldMessage(notice, { env: 'dev', links: [] });
    return { subject: message.subject, body: textOf(message) };
  }
  if (request === null) throw new Error(`people are told of a question of ${notice.incidentId} that is not asked`);
  const message = questionMessage(notice, request, { env: 'dev', links: [] });
  return { subject: message.subject, body: textOf(message) };
};

const OWN_POLICIES = ownPolicies();

export const healingSystem = (options: SystemOptions = {}): HealingSystem => {
  const clock = options.fleet?.clock ?? simulatedClock();
  const limits = aLimits(options.limits);
  const memory = options.fleet?.stores ?? memoryStores();
  const service = simulatedService(aService(options.workload?.workloadId ?? 'payments', options.workload), clock);
  for (const workload of [service.workload, ...(options.others ?? [])]) {
    memory.tables.workloads.set(workload.workloadId, workload);
  }
  const dying = crashes(options.crash ?? null);
  const notifications: HealingSystem['notifications'] = [];
  const quarantined: HealingSystem['quarantine'] = [];
  const waiting: string[] = [];
  const looks: string[] = [];
  const homes = rememberedHomes();
  const started = new Map<string, unknown>();
  const refusals: string[] = [];

  const journal = dying.over('journal', memory.journal, ['append']);
  const coordination = dying.over('coordination', memory.coordination, ['grant', 'intend']);
  const incidents = dying.over('incidents', memory.incidents, [
    'open',
    'attach',
    'endAttempt',
    'requestApproval',
    'renewApproval',
    'hold',
    'release',
  ]);
  const actuator = dying.over('actuator', service.actuator, ['apply', 'undo']);
  const notifier = dying.over(
    'notifier',
    {
      notify: async (notice: Notice) => {
        const request = memory.tables.incidents.get(notice.incidentId)?.approval ?? null;
        notifications.push({ ...notice, ...inWords(notice, request) });
      },
    },
    ['notify'],
  );
  const workflow = dying.over(
    'workflow',
    {
      start: async (incidentId: string, input: unknown) => {
        if (started.has(incidentId)) return 'running' as const;
        started.set(incidentId, input);
        return 'started' as const;
      },
    },
    ['start'],
  );
  const recorder = { clock, sha256, env: limits.env, agentId: AGENT_ID, limits, journal };
  const { alarms, metrics, probe } = service;
  const instruments = { alarms, metrics, probe };
  const evidence = memory.evidence;
  const models = memoryModels(evidence);
  const catalogue = defaultCatalogue;
  const policies = options.policies ?? OWN_POLICIES;
  const mode = { read: async () => ({ mode: system.mode, reason: 'set by a test', since: START }) };
  const askDeps = { ...recorder, incidents, notifier };
  const actDeps = { ...recorder, ...instruments, coordination, mode, actuator };

  const phases: Readonly<Record<string, (payload: unknown) => Promise<unknown>>> = {
    Sense: phase(SenseInputSchema, (state) =>
      sense(state, { ...recorder, ...instruments, incidents, confirmSeconds: limits.confirmSeconds }),
    ),
    Validate: phase(ValidateInputSchema, (state) => validate(state, { ...recorder, ...instruments })),
    Decide: phase(DecideInputSchema, (state) => decide(state, { ...recorder, models: models.deciding, catalogue })),
    Enforce: phase(EnforceInputSchema, (state) => enforce(state, { ...recorder, coordination, mode, policies })),
    RequestApproval: phase(RequestApprovalInputSchema, (input) =>
      input.command === 'record' ? recordAnswer(input.state, askDeps) : requestApproval(input, askDeps),
    ),
    Act: phase(ActCommandSchema, (input) =>
      input.command === 'apply' ? act(input.state, actDeps) : undo(input.state, actDeps),
    ),
    Observe: phase(ObserveInputSchema, (state) => observe(state, { ...recorder, ...instruments })),
    Explain: phase(LoopStateSchema, (state) =>
      explain(state, {
        ...recorder,
        incidents,
        evidence,
        experiences: memory.experiences,
        catalogue,
        notifier,
        followUp: async (look) => void looks.push(JSON.stringify(look)),
      }),
    ),
    Escalate: phase(FromWorkflowSchema, async ({ state }) => {
      const failure = state.failure ?? { Error: 'UnexpectedAnswer', Cause: 'a step answered with nothing known' };
      await escalate({ incidentId: state.incidentId, failure }, { ...recorder, incidents, notifier });
      return state;
    }),
  };
  const functions = Object.fromEntries(
    Object.entries(phases).map(([name, run]) => [
      name,
      async (payload: unknown) => {
        await options.before?.(name, system);
        return run(payload);
      },
    ]),
  );

  const answer = async (taskToken: string): Promise<unknown> => {
    const waiting = [...memory.tables.incidents.values()].find(({ approval }) => approval?.taskToken === taskToken);
    const asked = waiting?.approval ?? null;
    const given = asked === null ? null : (options.person?.(asked) ?? null);
    if (asked === null || given === null) return null;
    let sent: Approval | null = null;
    const ways = {
      ...memory.approvals,
      send: async (token: string, approval: Approval) => {
        if (token !== taskToken) return false;
        sent = approval;
        return true;
      },
    };
    for (const one of [given].flat()) {
      const answer = { ...ANSWER, questionId: asked.question.questionId, planHash: asked.planHash, ...one };
      const held = await giveAnswer(asked.incidentId, answer, clock.now(), ways);
      refusals.push(...(held.ok ? [] : [held.error]));
    }
    return sent;
  };

  const monitorDeps = {
    ...recorder,
    registry: memory.registry,
    incidents,
    workflow,
    alarms,
    homes,
    reconsider: async (held: HeldSignal) => void waiting.push(heldSignalMessage(held)),
    isBehind: async () => false,
    quarantine: async (message: string, reason: string) => void quarantined.push({ body: message, reason }),
  };

  const system: HealingSystem = {
    clock,
    service,
    stores: memory,
    models,
    notifications,
    quarantine: quarantined,
    waiting,
    looks,
    workflow,
    started,
    refusals,
    writes: dying.writes,
    mode: options.mode ?? 'auto',
    deliver: (body) => handleMessage(body, monitorDeps),
    deliverTogether: async (bodies) => {
      const delivered = await handleMessages(bodies, monitorDeps);
      return delivered.map((one) => {
        if (!one.ok) throw one.error;
        return one.handled;
      });
    },
    strike: async (fault) => {
      service.breakWith(fault);
      clock.advance(seconds(40));
      const handled = await system.deliver(alarmMessage(`${service.workload.workloadId}-errors`, clock.now()));
      if (handled.result !== 'opened') throw new Error(`the alarm opened nothing: ${handled.result}`);
      return handled.incidentId;
    },
    run: async (incidentId) => {
      const execution = await runWorkflow(incidentId, started.get(incidentId), { clock, functions, answer });
      if (execution.status === 'FAILED') {
        await escalate(
          { incidentId, failure: { Error: 'ExecutionFAILED', Cause: 'no cause was given' } },
          { ...recorder, incidents, notifier },
        );
      }
      return execution;
    },
    incident: async (incidentId) => {
      const incident = await memory.incidents.get(incidentId);
      if (incident === null) throw new Error(`incident ${incidentId} is not stored`);
      return incident;
    },
    journal: (incidentId) => memory.journal.read(incidentId),
  };
  return system;
};

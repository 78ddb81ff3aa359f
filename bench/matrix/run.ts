import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeServicesCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import type { Incident } from '../../core/contracts/incident.ts';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import type { FaultContext, FaultName } from '../../local/faults/fault.ts';
import { faults, inject } from '../../local/faults/faults.ts';
import { blueprints } from '../../local/shop/shop.ts';
import type { Watcher } from './watcher.ts';

/** One fault, injected once. Times in seconds from the injection; null: it did not happen. */
export interface RunResult {
  readonly fault: FaultName;
  readonly kind: 'fault' | 'control';
  readonly service: string;
  /** Faults: the workload serves its users again, measured by the bench itself. Controls: nothing was done. */
  readonly passed: boolean;
  readonly detected: number | null;
  readonly decided: number | null;
  readonly recovered: number | null;
  readonly incidents: number;
  readonly attempts: number;
  readonly actions: readonly string[];
  readonly actionsThatDidNotHelp: number;
  readonly undone: number;
  readonly root: string | null;
  readonly belief: string | null;
  readonly dispositions: readonly string[];
  readonly note: string;
}

const HEAL_DEADLINE_MS = 120_000;
/** A control is given as long as the slowest heal takes to start. */
const CONTROL_MS = 30_000;
/** One request in forty may be slow on a busy machine; a shop that is not well stays so. */
const SECOND_LOOK_MS = 5_000;
const RESTORE_DEADLINE_MS = 120_000;
/** Alarms look back ten seconds; what they saw of the last run must have left their window. */
const ALARM_WINDOW_MS = 12_000;
const SETTLED = ['recovered', 'escalated', 'dismissed'];

/** What a run is when it could not be made: a failure of its own, so that the others are not lost. */
export const brokenRun = (context: FaultContext, fault: FaultName, error: unknown): RunResult => ({
  ...summarise({
    fault,
    service: context.shop.nameOf(faults[fault].defaultService),
    since: new Date(),
    incidents: [],
    records: [],
    well: false,
  }),
  note: `the run broke off: ${error instanceof Error ? error.message : String(error)}`,
});

/**
 * Breaks one thing, watches what the healer does about it, and puts the shop back as it was.
 *
 * @param onReady - called when the shop is as it should be and nobody is at work, right before the fault
 */
export const runOnce = async (
  context: FaultContext,
  watcher: Watcher,
  fault: FaultName,
  onReady: () => void = () => undefined,
): Promise<RunResult> => {
  const { shop } = context;
  const service = shop.nameOf(faults[fault].defaultService);
  await restoreShop(context, watcher);
  await watcher.forgetHistory(shop.services);
  onReady();
  const since = new Date();
  const clear = await inject(context, fault);
  try {
    const { kind } = faults[fault];
    const incidents =
      kind === 'fault' ? await untilHealed(watcher, context, since) : await watchControl(watcher, shop.services, since);
    const journals = await Promise.all(incidents.map(({ incidentId }) => watcher.journal(incidentId)));
    const well = fault === 'untouchable' || (await isWellWithin(context, SECOND_LOOK_MS));
    return summarise({ fault, service, since, incidents, records: journals.flat(), well });
  } finally {
    await clear();
  }
};

/** Until everything is settled and the shop serves its users, somebody was called, or the time is up. */
const untilHealed = async (watcher: Watcher, context: FaultContext, since: Date): Promise<readonly Incident[]> => {
  const deadline = Date.now() + HEAL_DEADLINE_MS;
  for (;;) {
    const incidents = await watcher.incidentsSince(context.shop.services, since);
    const settled = incidents.length > 0 && incidents.every(({ status }) => SETTLED.includes(status));
    const healed = settled && incidents.some(({ status }) => status === 'recovered') && (await isWell(context));
    const givenUp = settled && incidents.some(({ status }) => status === 'escalated');
    if (healed || givenUp || Date.now() > deadline) return incidents;
    await sleep(500);
  }
};

const watchControl = async (
  watcher: Watcher,
  services: readonly string[],
  since: Date,
): Promise<readonly Incident[]> => {
  await sleep(CONTROL_MS);
  const deadline = Date.now() + CONTROL_MS;
  for (;;) {
    const incidents = await watcher.incidentsSince(services, since);
    if (incidents.every(({ status }) => SETTLED.includes(status)) || Date.now() > deadline) return incidents;
    await sleep(500);
  }
};

interface Observed {
  readonly fault: FaultName;
  readonly service: string;
  readonly since: Date;
  readonly incidents: readonly Incident[];
  readonly records: readonly JournalRecord[];
  readonly well: boolean;
}

const summarise = ({ fault, service, since, incidents, records, well }: Observed): RunResult => {
  const { kind } = faults[fault];
  const of = <K extends JournalRecord['kind']>(name: K) =>
    records.filter((record): record is Extract<JournalRecord, { readonly kind: K }> => record.kind === name);
  const after = (at: string | null | undefined): number | null =>
    at == null ? null : (new Date(at).getTime() - since.getTime()) / 1_000;
  const applied = of('action_applied').filter(({ body }) => ['applied', 'already_applied'].includes(body.status));
  const mutations = applied.filter(({ body }) => body.actionId !== 'wait');
  const outcomes = of('outcome_measured').map(({ body }) => body);
  const healed = incidents.some(({ status }) => status === 'recovered');
  const decision = of('action_decided').at(0)?.body;
  return {
    fault,
    kind,
    service,
    passed: kind === 'fault' ? healed && well && mutations.length > 0 : mutations.length === 0 && well,
    detected: after(incidents.at(0)?.openedAt),
    decided: after(of('action_decided').at(0)?.at),
    recovered: after(outcomes.find(({ status }) => status === 'recovered')?.healthySince),
    incidents: incidents.length,
    attempts: Math.max(0, ...incidents.map(({ attempts }) => attempts)),
    actions: mutations.map(({ body }) => body.actionId),
    actionsThatDidNotHelp: outcomes.filter(({ status }) => ['unchanged', 'worse', 'improved'].includes(status)).length,
    undone: of('action_undone').filter(({ body }) => body.status === 'undone').length,
    root: of('evidence_gathered').at(-1)?.body.workload.workloadId ?? null,
    belief:
      decision === undefined ? null : `${decision.belief[0]?.hypothesis} ${decision.belief[0]?.probability.toFixed(2)}`,
    dispositions: incidents.map(({ status }) => status),
    note: incidents.map(({ explanation }) => explanation ?? '').join(' | '),
  };
};

/** Asks the shop itself: ten requests to each service, all answered well and in time. */
const isWell = async ({ shop }: FaultContext): Promise<boolean> => {
  for (const service of shop.services) {
    for (let request = 0; request < 10; request += 1) {
      const answer = await fetch(shop.urlOf(service), { signal: AbortSignal.timeout(1_000) }).catch(() => null);
      await answer?.arrayBuffer().catch(() => null);
      if (answer?.ok !== true) return false;
    }
  }
  return true;
};

const isWellWithin = async (context: FaultContext, ms: number): Promise<boolean> => {
  const deadline = Date.now() + ms;
  while (!(await isWell(context))) {
    if (Date.now() > deadline) return false;
    await sleep(500);
  }
  return true;
};

/**
 * The team's own hand between two runs: the first revision, the usual number of tasks, fresh processes, and nobody at work.
 *
 * An incident that is still open would take the next fault for its own, and be counted with the last.
 */
export const restoreShop = async (context: FaultContext, watcher: Watcher): Promise<void> => {
  const { shop } = context;
  const deadline = Date.now() + RESTORE_DEADLINE_MS;
  await Promise.all(
    blueprints.map(({ role, tasks }) =>
      shop.client.send(
        new UpdateServiceCommand({
          cluster: shop.cluster,
          service: shop.nameOf(role),
          taskDefinition: `${shop.nameOf(role)}:1`,
          desiredCount: tasks,
          forceNewDeployment: true,
        }),
      ),
    ),
  );
  const isQuiet = async (): Promise<boolean> => {
    if (!(await isDeployed(context)) || !(await isWell(context))) return false;
    await sleep(ALARM_WINDOW_MS);
    return (await watcher.openIncidents(shop.services)).length === 0;
  };
  while (!(await isQuiet())) {
    if (Date.now() > deadline)
      throw new Error('the shop could not be put back: it is not well, or an incident is open');
    await sleep(500);
  }
};

const isDeployed = async ({ shop }: FaultContext): Promise<boolean> => {
  const { services = [] } = await shop.client.send(
    new DescribeServicesCommand({ cluster: shop.cluster, services: [...shop.services] }),
  );
  return services.every(({ deployments }) => deployments?.length === 1 && deployments[0]?.rolloutState === 'COMPLETED');
};

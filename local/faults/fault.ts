import type { ActionId } from '../../core/contracts/action.ts';
import type { HypothesisId } from '../../core/contracts/decision.ts';
import type { LocalEcs, TaskInfo } from '../ecs/server.ts';
import type { FaultCommand } from '../shop/in-process-faults.ts';
import type { Shop, ShopRole } from '../shop/shop.ts';

export type FaultName =
  | 'crash-loop'
  | 'memory-leak'
  | 'hang'
  | 'cpu-saturation'
  | 'bad-deployment'
  | 'bad-configuration'
  | 'dependency-down'
  | 'pool-exhaustion'
  | 'blip'
  | 'false-alarm'
  | 'misleading-symptom'
  | 'untouchable';

export type FaultContext = {
  readonly ecs: LocalEcs;
  readonly shop: Shop;
  /** Sets one alarm of the service to ALARM (CloudWatch SetAlarmState); needed by `false-alarm` only. */
  readonly forceAlarm?: (service: string) => Promise<void>;
  /** How fast `memory-leak` fills the memory of a task, percent of its limit a second. @default 6 */
  readonly leakPercentPerSecond?: number;
};

/** Takes the fault away without healing what it did to processes that have ended since. */
export type Clear = () => Promise<void>;

export type Fault = {
  readonly title: string;
  /** What really happens, in a sentence. */
  readonly happens: string;
  readonly kind: 'fault' | 'control';
  readonly defaultService: ShopRole;
  /** Services it can be injected into. */
  readonly services: readonly ShopRole[];
  /** What a diagnosis should find; null where there is nothing to find. */
  readonly expectedHypothesis: HypothesisId | null;
  /** Actions that cure it; empty for a control. */
  readonly curedBy: readonly ActionId[];
  readonly inject: (context: FaultContext, service: string) => Promise<Clear>;
};

/** Sends a command to one task's control endpoint; a task that cannot answer any more is an error. */
export const command = async (task: TaskInfo, fault: FaultCommand): Promise<void> => {
  const response = await fetch(`http://127.0.0.1:${task.port}/__fault`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
    signal: AbortSignal.timeout(2000),
  });
  if (!response.ok) throw new Error(`Task ${task.taskId} refused ${fault.kind}: ${await response.text()}`);
};

/** The tasks a fault can be put into; without any there is nothing left to break. */
export const targets = ({ ecs }: FaultContext, service: string): readonly TaskInfo[] => {
  const tasks = ecs.runningTasks(service);
  if (tasks.length === 0) throw new Error(`Service ${service} has no running task to break.`);
  return tasks;
};

/** Takes every in-process fault out of the tasks that run and can still answer. */
export const clearTasks = async ({ ecs }: FaultContext, service: string): Promise<void> => {
  await Promise.all(ecs.runningTasks(service).map((task) => command(task, { kind: 'clear' }).catch(() => undefined)));
};

/** Puts a fault into all tasks; clearing takes it out of those of them that still run. */
export const inProcess =
  (fault: FaultCommand) =>
  async (context: FaultContext, service: string): Promise<Clear> => {
    const hit = targets(context, service);
    await Promise.all(hit.map((task) => command(task, fault)));
    return () => clearTasks(context, service);
  };

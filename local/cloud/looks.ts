import {
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';

export interface LooksOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly everyMs: number;
  readonly onError: (error: unknown) => void;
}

/**
 * Calls the detector as the deployed schedules do, only more often: their targets, with their input. One look at a time.
 *
 * @returns what ends it; resolves when the last look is over
 */
export const startLooks = ({ endpoint, region, everyMs, onError }: LooksOptions): (() => Promise<void>) => {
  const events = new EventBridgeClient({ endpoint, region });
  const lambda = new LambdaClient({ endpoint, region });
  let isStopped = false;
  let wake: () => void = () => undefined;

  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, everyMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const look = async (): Promise<void> => {
    let targets: readonly Target[] = [];
    while (!isStopped) {
      try {
        if (targets.length === 0) targets = await scheduledLooks(events);
        for (const target of targets) await invoke(lambda, target);
      } catch (error) {
        if (!isStopped) onError(error);
      }
      if (!isStopped) await pause();
    }
  };
  const ended = look();
  return async () => {
    isStopped = true;
    wake();
    await ended;
    events.destroy();
    lambda.destroy();
  };
};

const scheduledLooks = async (client: EventBridgeClient): Promise<readonly Target[]> => {
  const { Rules = [] } = await client.send(new ListRulesCommand({}));
  const scheduled = Rules.filter(({ ScheduleExpression }) => ScheduleExpression !== undefined);
  const targets = await Promise.all(
    scheduled.map(({ Name }) => client.send(new ListTargetsByRuleCommand({ Rule: Name }))),
  );
  return targets.flatMap(({ Targets = [] }) => Targets).filter((target) => templateOf(target).includes('"workloads"'));
};

const templateOf = ({ InputTransformer }: Target): string => InputTransformer?.InputTemplate ?? '';

const invoke = async (client: LambdaClient, target: Target): Promise<void> => {
  const payload = templateOf(target).replaceAll('<time>', JSON.stringify(new Date().toISOString()));
  const command = new InvokeCommand({ FunctionName: target.Arn, Payload: Buffer.from(payload) });
  const { FunctionError, Payload } = await client.send(command);
  if (FunctionError !== undefined) throw new Error(`the detector failed: ${Buffer.from(Payload ?? []).toString()}`);
};

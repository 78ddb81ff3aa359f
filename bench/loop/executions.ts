import { setTimeout as sleep } from 'node:timers/promises';
import type { HistoryEvent, SFNClient } from '@aws-sdk/client-sfn';
import { DescribeExecutionCommand, GetExecutionHistoryCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';

/** How long each state of an execution took, in milliseconds, in order; a state that ran twice is there twice. */
export interface Timeline {
  readonly states: readonly { readonly name: string; readonly ms: number }[];
  readonly totalMs: number;
}

export const timelineOf = async (client: SFNClient, executionArn: string): Promise<Timeline> => {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(
      new GetExecutionHistoryCommand({
        executionArn,
        maxResults: 1_000,
        ...(nextToken === undefined ? {} : { nextToken }),
      }),
    );
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  const at = (event: HistoryEvent | undefined): number => event?.timestamp?.getTime() ?? 0;
  const entered = events.filter(({ stateEnteredEventDetails }) => stateEnteredEventDetails !== undefined);
  const end = events.at(-1);
  return {
    states: entered.map((event, index) => ({
      name: event.stateEnteredEventDetails?.name ?? '',
      ms: at(entered[index + 1] ?? end) - at(event),
    })),
    totalMs: at(end) - at(entered[0]),
  };
};

/** Runs a workflow to its end and times it. */
export const runExecution = async (client: SFNClient, stateMachineArn: string): Promise<Timeline> => {
  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn, input: '{}' }));
  const arn = String(executionArn);
  for (;;) {
    const { status } = await client.send(new DescribeExecutionCommand({ executionArn: arn }));
    if (status === 'SUCCEEDED') return timelineOf(client, arn);
    if (status !== 'RUNNING') throw new Error(`the execution ended as ${status}`);
    await sleep(50);
  }
};

import type { SFNClient } from '@aws-sdk/client-sfn';
import { SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import type { Approval } from '../../core/contracts/verdict.ts';
import { calling, isNamed } from './sdk-errors.ts';

/** Errors that say that nobody waits for this token any more. */
const NOT_WAITING = ['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'];

/** Lets the workflow that waits on the token go on with the answer; false when it no longer waits. */
export const sendAnswer = async (client: SFNClient, taskToken: string, approval: Approval): Promise<boolean> => {
  try {
    const command = new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(approval) });
    await calling('states:SendTaskSuccess', () => client.send(command));
    return true;
  } catch (error) {
    if (NOT_WAITING.some((name) => isNamed(error, name))) return false;
    throw error;
  }
};

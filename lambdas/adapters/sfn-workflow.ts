import { StartExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { Workflow } from '../../core/shared/ports.ts';
import { calling, isNamed } from './sdk-errors.ts';

/**
 * Starts executions under the incident's id. AWS answers a second start of a running execution with the same input as if
 * it had started it, and refuses any other: either way there is one execution per incident.
 */
export const sfnWorkflow = (client: SFNClient, stateMachineArn: string): Workflow => ({
  start: async (incidentId, input) => {
    const command = new StartExecutionCommand({ stateMachineArn, name: incidentId, input: JSON.stringify(input) });
    try {
      await calling('states:StartExecution', () => client.send(command), stateMachineArn);
      return 'started';
    } catch (error) {
      if (isNamed(error, 'ExecutionAlreadyExists')) return 'running';
      throw error;
    }
  },
});

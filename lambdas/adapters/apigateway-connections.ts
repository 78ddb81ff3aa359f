import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import type { LiveMessage } from '../../core/contracts/api/events.ts';
import { once, settingsFor } from './clients.ts';
import { calling } from './sdk-errors.ts';

/** Status with which API Gateway says that a connection is over; its error has no type that could be relied on. */
const GONE = 410;

const isGone = (error: unknown): boolean => {
  const { $metadata, cause } = (error ?? {}) as { $metadata?: { httpStatusCode?: number }; cause?: unknown };
  return $metadata?.httpStatusCode === GONE || (cause !== undefined && isGone(cause));
};

/** Sends a message over a WebSocket; false when nobody is there any more. */
export const connectionSender = (callbackUrl: string) => {
  const client = once(
    () => new ApiGatewayManagementApiClient({ ...settingsFor('execute-api'), endpoint: callbackUrl }),
  );
  return async (connectionId: string, message: LiveMessage): Promise<boolean> => {
    const command = new PostToConnectionCommand({
      ConnectionId: connectionId,
      Data: Buffer.from(JSON.stringify(message)),
    });
    try {
      await calling('execute-api:ManageConnections', () => client().send(command), connectionId);
      return true;
    } catch (error) {
      if (isGone(error)) return false;
      throw error;
    }
  };
};

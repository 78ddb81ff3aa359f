import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { Recipient } from '../../core/contracts/notice.ts';
import { ChainSchema, DeliverySchema, NoticeSchema } from '../../core/contracts/notice.ts';
import { slackPayload } from '../../core/notification/slack.ts';
import { parseJson } from '../../core/shared/parse-json.ts';
import { systemClock } from '../adapters/clock.ts';
import { pendingApproval } from '../adapters/dynamodb-approval.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { lookedAfterBy, readConversation, writeConversation } from '../adapters/dynamodb-notices.ts';
import { kmsClient } from '../adapters/kms-client.ts';
import { kmsMac } from '../adapters/kms-mac.ts';
import { snsClient } from '../adapters/sns-client.ts';
import { sendMail } from '../adapters/sns-mail.ts';
import { sqsClient } from '../adapters/sqs-client.ts';
import { sqsDeliveries } from '../adapters/sqs-notices.ts';
import { ssmClient } from '../adapters/ssm-client.ts';
import { readSecret } from '../adapters/ssm-secret.ts';
import { postToWebhook } from '../adapters/webhook.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { SqsEventSchema, eachMessage } from '../shared/sqs-batch.ts';
import { logger } from '../shared/telemetry.ts';
import type { NotifyDeps, Send } from './notify.ts';
import { deliver, fanOut } from './notify.ts';

const env = readEnv({
  ...CommonEnv,
  INCIDENTS_TABLE: z.string().min(1),
  TRAFFIC_TABLE: z.string().min(1),
  NOTICES_QUEUE_URL: z.string().min(1),
  NOTIFICATION_TOPIC_ARN: z.string().min(1),
  LINKS_KEY_ARN: z.string().min(1),
  LINKS_URL: z.string().min(1),
  /** Parameters with addresses of webhooks are below it, by recipient. */
  WEBHOOKS_PATH: z.string().min(1),
  NOTIFICATION_CHAIN: z.string().transform(parseJson).pipe(ChainSchema),
});
const client = dynamodbClient();

const channelOf = async (recipient: Recipient): Promise<Send | null> => {
  const { name, channel } = recipient;
  if (channel === 'email') return (message) => sendMail(snsClient(), env.NOTIFICATION_TOPIC_ARN, name, message);
  const address = await readSecret(ssmClient(), `${env.WEBHOOKS_PATH}/${name}`);
  return address === null ? null : (message) => postToWebhook(name, address, slackPayload(message));
};

const deps: NotifyDeps = {
  clock: systemClock,
  env: env.KINTSUGI_ENV,
  chain: env.NOTIFICATION_CHAIN,
  mac: kmsMac(kmsClient(), env.LINKS_KEY_ARN),
  nonce: () => randomBytes(16).toString('hex'),
  linksUrl: env.LINKS_URL,
  channelOf,
  pending: (incidentId) => pendingApproval(client, env.INCIDENTS_TABLE, incidentId),
  lookedAfterBy: (incidentId) => lookedAfterBy(client, env.TRAFFIC_TABLE, incidentId),
  conversation: (recipient, incidentId) => readConversation(client, env.TRAFFIC_TABLE, recipient, incidentId),
  write: (conversation, change, now) => writeConversation(client, env.TRAFFIC_TABLE, conversation, change, now),
  later: sqsDeliveries(sqsClient(), env.NOTICES_QUEUE_URL),
};

const MessageSchema = z.union([DeliverySchema, NoticeSchema]);

/** Tells people what they are to know, each in its own way and time. */
export const handler = agentHandler(SqsEventSchema, (event) =>
  eachMessage(event, async (body) => {
    const message = MessageSchema.parse(parseJson(body));
    if (!('recipient' in message)) return fanOut(message, deps);
    const { recipient, notice } = message;
    const became = await deliver(message, deps);
    logger.info('notice handled', { incidentId: notice.incidentId, occasion: notice.occasion, recipient, became });
  }),
);

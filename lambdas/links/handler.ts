import * as z from 'zod';
import { LinkFormSchema } from '../../core/contracts/api/links.ts';
import { systemClock } from '../adapters/clock.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { dynamodbRatings } from '../adapters/dynamodb-feedback.ts';
import { lookAfter, returnLink, takeLink } from '../adapters/dynamodb-notices.ts';
import { kmsClient } from '../adapters/kms-client.ts';
import { kmsMac } from '../adapters/kms-mac.ts';
import { sfnClient } from '../adapters/sfn-client.ts';
import { takeFrom } from '../api/allowance.ts';
import type { HttpEvent, HttpResponse } from '../api/http.ts';
import { HttpEventSchema, HttpProblem, formOf, parsePart } from '../api/http.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { approvalsOver } from '../shared/approvals.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { logger } from '../shared/telemetry.ts';
import type { LinksDeps } from './links.ts';
import { showLink, useLink } from './links.ts';
import type { Page } from './page.ts';
import { PAGE_HEADERS, htmlOf } from './page.ts';

const env = readEnv({
  ...CommonEnv,
  INCIDENTS_TABLE: z.string().min(1),
  INTERACTIONS_TABLE: z.string().min(1),
  EXPERIENCES_TABLE: z.string().min(1),
  QTABLE_TABLE: z.string().min(1),
  TRAFFIC_TABLE: z.string().min(1),
  LINKS_KEY_ARN: z.string().min(1),
  CALLER_REQUESTS: z.string().regex(/^\d+\/\d+$/),
});
const client = dynamodbClient();
const { INCIDENTS_TABLE, INTERACTIONS_TABLE, TRAFFIC_TABLE } = env;
const take = takeFrom(client, TRAFFIC_TABLE, env.CALLER_REQUESTS);

const deps: LinksDeps = {
  clock: systemClock,
  env: env.KINTSUGI_ENV,
  mac: kmsMac(kmsClient(), env.LINKS_KEY_ARN),
  approvals: approvalsOver(client, INCIDENTS_TABLE, sfnClient()),
  takeLink: (nonce, now) => takeLink(client, TRAFFIC_TABLE, nonce, now),
  returnLink: (nonce) => returnLink(client, TRAFFIC_TABLE, nonce),
  lookAfter: (incidentId, by, now) => lookAfter(client, TRAFFIC_TABLE, incidentId, by, now),
  ratings: dynamodbRatings(client, {
    interactions: INTERACTIONS_TABLE,
    experiences: env.EXPERIENCES_TABLE,
    qtable: env.QTABLE_TABLE,
  }),
};

const TITLE = 'Nothing was done';

const pageFor = async (event: HttpEvent): Promise<Page> => {
  const { retryAfterSeconds } = await take(`address#${event.requestContext.http.sourceIp}`);
  if (retryAfterSeconds !== null) {
    return { status: 429, title: TITLE, lines: [`Too many requests: try again in ${retryAfterSeconds} s.`] };
  }
  const token = event.pathParameters?.['token'] ?? '';
  if (event.requestContext.http.method === 'GET') return showLink(token, deps);
  return useLink(token, parsePart(LinkFormSchema, formOf(event), 'form'), deps);
};

const problemPage = (error: unknown): Page => {
  if (error instanceof HttpProblem) {
    const { status, detail } = error.problem;
    return { status: status === 413 || status === 415 ? status : 400, title: TITLE, lines: [detail] };
  }
  logger.error('link failed', { error: error as Error });
  return {
    status: 503,
    title: TITLE,
    lines: ['Something that it needs did not answer. While the question is open, the link can be used again.'],
  };
};

/** Pages of signed one-time links: the only door without a token of the user pool, and so a function of its own. */
export const handler = agentHandler(HttpEventSchema, async (event): Promise<HttpResponse> => {
  const page = await pageFor(event).catch(problemPage);
  logger.info('link answered', { route: event.routeKey, status: page.status });
  return { statusCode: page.status, headers: PAGE_HEADERS, body: htmlOf(page) };
});

import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runLine } from '../support/run-line.ts';
import { permissionsOf, resourcesOf, statementsOf, synthesise } from '../support/synth.ts';

/** What the CLI asks AWS for, as IAM names it; of a stack, also which. */
interface Asked {
  readonly action: string;
  readonly stack: string | null;
}

/** Lambda has neither a target header nor an `Action`: its operations are told apart by method and path. */
const LAMBDA: readonly (readonly [method: string, path: RegExp, operation: string])[] = [
  ['PUT', /\/functions\/[^/]+\/concurrency$/, 'PutFunctionConcurrency'],
  ['GET', /\/functions\/[^/]+\/concurrency$/, 'GetFunctionConcurrency'],
  ['DELETE', /\/functions\/[^/]+\/concurrency$/, 'DeleteFunctionConcurrency'],
  ['PUT', /\/event-source-mappings\/[^/]+$/, 'UpdateEventSourceMapping'],
  ['GET', /\/event-source-mappings\/[^/]+$/, 'GetEventSourceMapping'],
];

const OUTPUTS = {
  ActFunctionName: 'act',
  ActRoleName: 'act-role',
  DenialArn: 'arn:aws:iam::123456789012:policy/denial',
  SignalsMappingId: '00000000-0000-4000-8000-000000000000',
  ModeParameterName: '/kintsugi/prod/mode',
};

const askedBy = ({ method = '', url = '', headers }: IncomingMessage, body: string): Asked => {
  const [, service = ''] = /Credential=[^/]+\/\d+\/[^/]+\/(\w+)\//.exec(headers.authorization ?? '') ?? [];
  const form = new URLSearchParams(body);
  const byPath = LAMBDA.find(([verb, path]) => verb === method && path.test(url.split('?')[0] ?? ''))?.[2];
  const target = headers['x-amz-target'];
  const operation = typeof target === 'string' ? target.split('.').at(-1) : (form.get('Action') ?? byPath);
  return { action: `${service}:${operation ?? `${method} ${url}`}`, stack: form.get('StackName') };
};

/** The parameter, as it was written last. */
let mode = 'off';

const answerTo = ({ action }: Asked): object | string => {
  if (action === 'ssm:GetParameter') return { Parameter: { Value: mode } };
  if (action !== 'cloudformation:DescribeStacks') return /^(ssm|lambda):/.test(action) ? {} : '<Response/>';
  const members = Object.entries(OUTPUTS).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  return `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>s</StackName><CreationTime>2026-11-21T05:30:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${members.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
};

let server: Server;
let asked: Asked[] = [];
const before = { ...process.env };

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const one = askedBy(request, body);
      asked.push(one);
      if (one.action === 'ssm:PutParameter') mode = (JSON.parse(body) as { readonly Value: string }).Value;
      const answer = answerTo(one);
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'eu-west-1',
  });
});
afterAll(() => {
  process.env = before;
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

const STACK = 'Kintsugi-prod-Operations';
const template = synthesise().get(STACK);

/** What the operator's role may do, and nothing else. */
const granted = (): ReadonlySet<string> => {
  if (template === undefined) throw new Error(`there is no stack ${STACK}`);
  const policies = resourcesOf(template, 'AWS::IAM::Policy').filter(([id]) => id.includes('Operator'));
  const permissions = permissionsOf(policies.flatMap(([, policy]) => statementsOf(policy)));
  expect(permissions['<AWS::StackId>']).toEqual(['cloudformation:DescribeStacks']);
  return new Set(Object.values(permissions).flat());
};

test('the role of operators may make every call of stop, resume and mode', async () => {
  const allowed = granted();
  for (const line of [['stop'], ['mode'], ['mode', 'off'], ['mode', 'manual'], ['resume', '--mode', 'auto']]) {
    asked = [];
    const { code, out, err } = await runLine([...line, '--env', 'prod'], {
      input: '',
      columns: 100,
      isTTY: false,
      env: {},
      dirs: [],
      user: 'ada',
      now: Date.now,
      untilInterrupted: () => Promise.resolve(),
    });
    expect([line, code, err]).toEqual([line, 0, '']);
    expect([line, out]).not.toEqual([line, '']);
    expect(asked.map(({ action }) => action).filter((action) => !allowed.has(action))).toEqual([]);
    // The grant is on the Operations stack alone.
    expect([...new Set(asked.flatMap(({ stack }) => (stack === null ? [] : [stack])))]).toEqual([STACK]);
  }
});

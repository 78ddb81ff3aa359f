import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { plainShapesAsDocuments } from '../../lib/bundling/plain-shapes.ts';
import type { BuildRequest } from '../../lib/bundling/build-request.ts';
import { regionalEndpoint } from '../../lib/bundling/regional-endpoint.ts';
import { refuseCalls, slimEndpoint, slimSchemas, slimZod } from '../../lib/bundling/slim-sdk.ts';
import { FUNCTION_NAMES, FunctionBundles } from '../../lib/constructs/bundle.ts';
import type { FirstRequest } from '../support/first-requests.ts';
import { ownPolicySet } from '../support/policies.ts';
import { projectDir, readable, resourcesOf, synthesise } from '../support/synth.ts';

const BUDGET_BYTES = 350 * 1024;

describe('the bundles of the real functions', () => {
  const outDir = mkdtempSync(join(tmpdir(), 'kintsugi-bundles-'));
  afterAll(() => rmSync(outDir, { recursive: true, force: true }));
  let sizes: Readonly<Record<string, number>>;
  let environments: ReadonlyMap<string, Readonly<Record<string, string>>>;

  beforeAll(() => {
    new FunctionBundles({
      functionsDir: join(projectDir, 'lambdas'),
      credentialsModule: join(projectDir, 'lib', 'bundling', 'environment-credentials.ts'),
      outDir,
    }).code(new Stack(new App(), 'Bundling'), 'enforce', { 'policies.json': JSON.stringify(ownPolicySet()) });
    sizes = JSON.parse(readFileSync(join(outDir, 'bundle-sizes.json'), 'utf8')) as Record<string, number>;
    environments = deployedEnvironments();
  }, 120_000);

  test.each(FUNCTION_NAMES)('%s stays within 350 KB', (name) => {
    expect(sizes).toHaveProperty(name);
    const over = Object.entries(sizes).filter(([other, bytes]) => other === name && bytes > BUDGET_BYTES);
    expect(over).toEqual([]);
  });

  test.each(FUNCTION_NAMES)('%s loads with the environment that its stack gives it', (name) => {
    const folder = join(outDir, name === 'enforce' ? 'lambdas-of/Bundling' : 'lambdas', name);
    const { stdout, stderr } = load(folder, name, environments.get(name) ?? {});
    // An uncaught error prints the line of the bundle first: its message is at the end.
    expect({ name, stdout, stderr: stderr.slice(-1000) }).toEqual({ name, stdout: 'function', stderr: '' });
  });
});

/** Each function's environment in dev, by the function's name; references are written out as a reader would. */
const deployedEnvironments = (): ReadonlyMap<string, Readonly<Record<string, string>>> =>
  new Map(
    [...synthesise().values()]
      .flatMap((template) => resourcesOf(template, 'AWS::Lambda::Function'))
      .map(([, { Properties }]) => {
        const { Variables = {} } = (Properties.Environment ?? {}) as { Variables?: Record<string, unknown> };
        return Object.fromEntries(Object.entries(Variables).map(([key, value]) => [key, readable(value)]));
      })
      .filter(({ KINTSUGI_ENV }) => KINTSUGI_ENV === 'dev')
      .map((variables) => [variables.POWERTOOLS_SERVICE_NAME ?? '', variables] as const),
  );

/** Prints the type of the bundle's handler, in a Node of its own with nothing but what Lambda sets. */
const load = (folder: string, name: string, environment: Readonly<Record<string, string>>) => {
  const script = `process.stdout.write(typeof require(${JSON.stringify(join(folder, 'index.js'))}).handler)`;
  return spawnSync(process.execPath, ['-e', script], {
    encoding: 'utf8',
    env: { AWS_REGION: 'eu-west-1', AWS_LAMBDA_FUNCTION_NAME: name, ...environment },
  });
};

describe('the clients of the bundles, on AWS itself', () => {
  const outDir = mkdtempSync(join(tmpdir(), 'kintsugi-clients-'));
  afterAll(() => rmSync(outDir, { recursive: true, force: true }));
  const whole = join(projectDir, 'test', 'support', 'first-requests.ts');
  const slim = join(outDir, 'lambdas', 'first-requests', 'index.js');

  beforeAll(() => {
    const bundling = join(projectDir, 'lib', 'bundling');
    const request: BuildRequest = {
      entries: { 'first-requests': whole },
      credentialsModule: join(bundling, 'environment-credentials.ts'),
      outDir,
    };
    spawnSync(process.execPath, [join(bundling, 'build-functions.ts'), JSON.stringify(request)]);
  }, 120_000);

  // Without AWS_ENDPOINT_URL, which would hide what a bundle lacks to find an endpoint of its own.
  test.each(['us-east-1', 'eu-central-1', 'us-gov-west-1', 'cn-north-1'])(
    'send the same signed requests in %s as those of the whole SDK',
    (region) => {
      const requests = firstRequestsOf(slim, region);
      expect(requests).toEqual(firstRequestsOf(whole, region));
      expect(Object.entries(requests).filter(([, request]) => 'error' in request)).toEqual([]);
    },
    60_000,
  );

  test('find IAM where it is, and sign for that region', () => {
    expect(firstRequestsOf(slim, 'eu-central-1').iam).toMatchObject({
      url: 'https://iam.amazonaws.com/?',
      headers: { authorization: expect.stringContaining('/us-east-1/iam/aws4_request') as unknown },
    });
  });

  test('are all looked at', () => {
    const folder = join(projectDir, 'lambdas');
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const clients = sources.flatMap((file) => {
      const imports = readFileSync(join(folder, file), 'utf8').matchAll(/from '@aws-sdk\/client-([\w-]+)'/g);
      return [...imports].map(([, client]) => client);
    });
    expect(Object.keys(firstRequestsOf(slim, 'eu-central-1')).sort()).toEqual([...new Set(clients)].sort());
  });
});

/** What `firstRequests` of the module answers in a Node of its own, with nothing but what Lambda sets. */
const firstRequestsOf = (module: string, AWS_REGION: string): Readonly<Record<string, FirstRequest>> => {
  const script = `import(${JSON.stringify(module)})
    .then(({ firstRequests }) => firstRequests('${AWS_REGION}'))
    .then((requests) => process.stdout.write(JSON.stringify(requests)))`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], {
    encoding: 'utf8',
    env: { AWS_REGION, AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' },
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Readonly<Record<string, FirstRequest>>;
};

describe('regionalEndpoint', () => {
  const ecs = regionalEndpoint('ecs');
  const hrefOf = (parameters: Parameters<typeof ecs>[0]): string => ecs(parameters).url.href;

  test('is the service in its region, whatever the partition', () => {
    expect(hrefOf({ Region: 'eu-west-1' })).toBe('https://ecs.eu-west-1.amazonaws.com/');
    expect(hrefOf({ Region: 'us-gov-west-1' })).toBe('https://ecs.us-gov-west-1.amazonaws.com/');
    expect(hrefOf({ Region: 'cn-north-1' })).toBe('https://ecs.cn-north-1.amazonaws.com.cn/');
  });

  test('is the configured one where there is one', () => {
    expect(hrefOf({ Region: 'eu-west-1', Endpoint: 'http://127.0.0.1:4566' })).toBe('http://127.0.0.1:4566/');
  });

  test('puts a bucket into the path, and refuses what is no plain bucket', () => {
    const s3 = regionalEndpoint('s3');
    expect(s3({ Region: 'eu-west-1', Bucket: 'records' }).url.href).toBe('https://s3.eu-west-1.amazonaws.com/records');
    expect(s3({ Region: 'eu-west-1', Endpoint: 'http://127.0.0.1:4566/', Bucket: 'records' }).url.href).toBe(
      'http://127.0.0.1:4566/records',
    );
    for (const Bucket of ['arn:aws:s3:eu-west-1:1:accesspoint/a', 'fast--euw1-az1--x-s3', '', '../b']) {
      expect(() => s3({ Region: 'eu-west-1', Bucket })).toThrow(/is not a general purpose bucket/);
    }
  });

  test('refuses what it does not know, by name', () => {
    expect(() => ecs({ Region: 'eu-west-1', UseFIPS: true })).toThrow(/AWS_USE_FIPS_ENDPOINT is set/);
    expect(() => ecs({ Region: 'eu-west-1', UseDualStack: true })).toThrow(/AWS_USE_DUALSTACK_ENDPOINT is set/);
    expect(() => ecs({})).toThrow(/AWS_REGION is not set/);
  });
});

describe('what is left out of a bundle', () => {
  test('computed names become literals, and errors that nobody asks for are not registered', () => {
    const source = [
      'const _hE = "httpError";',
      'export var A$ = [3, n0, _A, { [_hE]: 400 }, [], []];',
      'n0_registry.registerError(ThrottlingException$, ThrottlingException);',
      'n0_registry.registerError(ConditionalCheckFailedException$, ConditionalCheckFailedException);',
    ].join('\n');
    expect(slimSchemas(source).split('\n')).toEqual([
      'const _hE = "httpError";',
      'export var A$ = [3, n0, _A, { "httpError": 400 }, [], []];',
      '',
      'n0_registry.registerError(ConditionalCheckFailedException$, ConditionalCheckFailedException);',
    ]);
  });

  test('shapes that are plain JSON become documents; those with a timestamp below them stay', () => {
    const source = [
      'export var Tag$ = [3, n0, _Ta,\n    0,\n    [_k, _v],\n    [0, 0], 1\n];',
      'var Tags = [1, n0, _T,\n    0, () => Tag$\n];',
      'export var Event$ = [3, n0, _E,\n    0,\n    [_at, _m],\n    [4, 0]\n];',
      'var Events = [1, n0, _Es,\n    0, () => Event$\n];',
      'export var Service$ = [3, n0, _S,\n    0,\n    [_t, _e, _n],\n    [() => Tags, () => Events, 64 | 0]\n];',
      'export var Describe$ = [9, n0, _D,\n    0, () => Tag$, () => Service$\n];',
    ].join('\n');
    const result = plainShapesAsDocuments(source);
    expect(result).toContain('[15, () => Events, 64 | 0]');
    expect(result).toContain('0, () => Event$');
    expect(result).toContain('0, () => Tag$, () => Service$');
  });

  test('shapes with a trait or a blob stay, recursion does no harm', () => {
    const source = [
      'export var Token$ = [3, n0, _T,\n    0,\n    [_t],\n    [[0, 4]]\n];',
      'export var Blob$ = [3, n0, _B,\n    0,\n    [_b],\n    [21]\n];',
      'export var Tree$ = [3, n0, _Tr,\n    0,\n    [_c, _n],\n    [() => Tree$, 0]\n];',
      'export var All$ = [3, n0, _A,\n    0,\n    [_t, _b, _c],\n    [() => Token$, () => Blob$, () => Tree$]\n];',
    ].join('\n');
    expect(plainShapesAsDocuments(source)).toContain('[() => Token$, () => Blob$, 15]');
  });

  test('a client keeps its own endpoint rules where they do not have the regional endpoint', () => {
    const source = 'export const defaultEndpointResolver = () => {};';
    const parameters = 'defaultSigningName: "ecs",';
    const rules = '["https://ecs.{Region}.{PartitionResult#dnsSuffix}", i],';
    expect(slimEndpoint(source, '/m.ts', parameters + rules)).toContain(`regionalEndpoint('ecs')`);
    expect(slimEndpoint(source, '/m.ts', parameters)).toBe(source);
    expect(slimEndpoint(source, '/m.ts', rules)).toBe(source);
  });

  test('a client that keeps its own rules keeps the functions that they call', () => {
    const source = 'import { awsEndpointFunctions } from "@aws-sdk/core/client";\nexport const a = 1;';
    const kept = slimEndpoint(source, '/m.ts', 'defaultSigningName: "iam",');
    expect(kept).toContain('const awsEndpointFunctions = { isVirtualHostableS3Bucket, parseArn, partition };');
    expect(kept).toContain('export const a = 1;');
  });

  test('formats as methods and JSON Schema go, everything else of zod stays', () => {
    const format = '    email(params) {\n        return this.check(core._email(ZodEmail, params));\n    },\n';
    const other = '    min(...args) {\n        return this.check(checks.minLength(...args));\n    },\n';
    expect(slimZod(format + other)).toBe(other);
    expect(refuseCalls('export function toJSONSchema(a) {}')).toContain('toJSONSchema is not part of this bundle');
  });

  test.each([slimSchemas, plainShapesAsDocuments, slimZod])(
    '%p leaves a text that it does not know as it is',
    (slim) => {
      const unknown = 'export const Anything = { some: () => Other$, text: [1, 2, 3] };\n';
      expect(slim(unknown)).toBe(unknown);
    },
  );
});

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';
import { plainShapesAsDocuments } from './plain-shapes.ts';

/**
 * Leaves out of a bundle the parts of the SDK and of zod that a Lambda function of ours cannot reach.
 *
 * Each rule below names a module, what takes its place and why that is the same for us. A text that is not as a rule
 * expects it, after an update, stays as it is: then only the size suffers, and the test of the budget says so.
 *
 * @param endpointModule - absolute path of `regional-endpoint.ts`
 */
export const slimSdk = (endpointModule: string): Plugin => ({
  name: 'slim-sdk',
  setup(build) {
    for (const { file, transform } of rules(endpointModule)) {
      build.onLoad({ filter: file }, ({ path }) => ({
        contents: transform(readFileSync(path, 'utf8'), path),
        loader: path.endsWith('.json') ? 'json' : 'js',
        resolveDir: dirname(path),
      }));
    }
  },
});

interface Rule {
  readonly file: RegExp;
  readonly transform: (source: string, path: string) => string;
}

/** A module of a package, by its path below the package's folder, on every platform. */
const moduleOf = (name: string, path: string): RegExp =>
  new RegExp(`node_modules/${name}/${path}$`.replaceAll('/', '[\\\\/]').replaceAll('.js', '\\.js'));

/** Another module with the same exports; only where the original still has each of them. */
const replaceBy =
  (replacement: string) =>
  (source: string): string => {
    const names = [...replacement.matchAll(/^export (?:const|class) (\w+)/gm)].map(([, name]) => String(name));
    return names.every((name) => new RegExp(`\\b${name}\\b`).test(source)) ? replacement : source;
  };

const CLIENT = '@aws-sdk/client-[\\w-]+';
const SMITHY = '@smithy/core/dist-es/submodules';
const S3_EXPRESS = '@aws-sdk/middleware-sdk-s3/dist-es/submodules/s3/middleware-s3-express';

const rules = (endpointModule: string): readonly Rule[] => [
  {
    file: moduleOf(CLIENT, 'dist-es/schemas/schemas_0.js'),
    transform: (source, path) => {
      const protocol = besideIt(dirname(path), 'runtimeConfig.shared.js');
      // DynamoDB's codec reads attribute values by their shapes; the other protocols are not JSON all the way down.
      const isPlainJson = /config\?\.protocol \?\? AwsJson1_\d/.test(protocol) && !/codec/i.test(protocol);
      return slimSchemas(isPlainJson ? plainShapesAsDocuments(source) : source);
    },
  },
  {
    file: moduleOf(CLIENT, 'dist-es/endpoint/endpointResolver.js'),
    transform: (source, path) =>
      slimEndpoint(source, endpointModule, besideIt(path, 'EndpointParameters.js') + besideIt(path, 'bdd.js')),
  },
  // The rules' own functions and the table of all partitions: `regionalEndpoint` knows what is left of it, and a client
  // that keeps its rules asks for the functions themselves (`slimEndpoint`).
  {
    file: moduleOf('@aws-sdk/core/dist-es/submodules/client/util-endpoints', 'aws.js'),
    transform: replaceBy('export const awsEndpointFunctions = {};'),
  },
  // Extensions change a client's configuration; ours are given none, and without any the configuration stays as it is.
  {
    file: moduleOf(CLIENT, 'dist-es/runtimeExtensions.js'),
    transform: replaceBy('export const resolveRuntimeExtensions = (config) => config;'),
  },
  // Only the version is used: it goes into the user agent.
  {
    file: moduleOf(CLIENT, 'package.json'),
    transform: (source) => JSON.stringify({ version: (JSON.parse(source) as { readonly version: string }).version }),
  },
  // A function has no ~/.aws: the chain of settings goes on from the environment to the defaults.
  {
    file: moduleOf(`${SMITHY}/config`, 'node-config-provider/fromSharedConfigFiles.js'),
    transform: replaceBy(
      `import { CredentialsProviderError } from '../property-provider/CredentialsProviderError';
export const fromSharedConfigFiles = () => () =>
  Promise.reject(new CredentialsProviderError('A Lambda function has no shared config files', {}));`,
    ),
  },
  // Lambda says in AWS_REGION where it runs; asking the metadata service of EC2 would only time out.
  {
    file: moduleOf(`${SMITHY}/config`, 'config-resolver/regionConfig/getInstanceMetadataRegion.js'),
    transform: replaceBy('export const getInstanceMetadataRegion = () => Promise.resolve(undefined);'),
  },
  // DynamoDB discovers endpoints only where AWS_ENABLE_ENDPOINT_DISCOVERY asks for it; its cache needs no LRU of its own.
  {
    file: moduleOf('@aws-sdk/endpoint-cache', 'dist-es/EndpointCache.js'),
    transform: replaceBy('export class EndpointCache {}'),
  },
  // Node has both algorithms; the SDK keeps them in JavaScript for builds of Node without crypto.
  {
    file: moduleOf(`${SMITHY}/checksum`, 'sha256/Sha256Js.js'),
    transform: replaceBy('export const Sha256Js = undefined;'),
  },
  {
    file: moduleOf('@aws-sdk/checksums', 'dist-es/submodules/sha/sha1/Sha1Js.js'),
    transform: replaceBy('export const Sha1Js = undefined;'),
  },
  { file: moduleOf(`${SMITHY}/checksum`, 'md5/Md5Js.js'), transform: replaceBy('export const Md5Js = undefined;') },
  // S3 sends CRC32 unless another algorithm is asked for, which we do not.
  {
    file: moduleOf('@aws-sdk/checksums', 'dist-es/submodules/flexible-checksums/selectChecksumAlgorithmFunction.js'),
    transform: replaceBy(`import { Crc32 } from "@aws-sdk/checksums/crc";
export const selectChecksumAlgorithmFunction = (algorithm) => {
  if (algorithm === 'CRC32') return Crc32;
  throw new Error(algorithm + ' is not part of this bundle');
};`),
  },
  // Signatures for several regions at once, and for directory buckets, are for buckets that functions refuse.
  {
    file: moduleOf('@aws-sdk/signature-v4-multi-region', 'dist-es/index.js'),
    transform: replaceBy(`import { SignatureV4 } from '@smithy/signature-v4';
export class SignatureV4MultiRegion extends SignatureV4 {}
export class SignatureV4SignWithCredentials extends SignatureV4 {}
export const signatureV4CrtContainer = {};`),
  },
  {
    file: moduleOf(S3_EXPRESS, 'classes/S3ExpressIdentityProviderImpl.js'),
    transform: replaceBy('export class S3ExpressIdentityProviderImpl {}'),
  },
  {
    file: moduleOf(S3_EXPRESS, 'functions/s3ExpressMiddleware.js'),
    transform: replaceBy(`export const s3ExpressMiddleware = undefined;
export const s3ExpressMiddlewareOptions = {};
export const getS3ExpressPlugin = () => ({ applyToStack: () => undefined });`),
  },
  // Streams of browsers: in Node a body is a Readable.
  {
    file: moduleOf(
      `${SMITHY}/serde/util-stream`,
      '(?:checksum/createChecksumStream|headStream|sdk-stream-mixin)\\.browser.js',
    ),
    transform: (source) => refuseCalls(source),
  },
  // Streams of events: none of the operations that we call has one.
  {
    file: moduleOf(`${SMITHY}/event-streams`, 'index.js'),
    transform: replaceBy(
      `export const resolveEventStreamSerdeConfig = (config) => config;
export const eventStreamSerdeProvider = () => ({});`,
    ),
  },
  // Every client of ours brings its own strategy (`lambdas/adapters/retries.ts`).
  {
    file: moduleOf(`${SMITHY}/retry`, 'util-retry/AdaptiveRetryStrategy.js'),
    transform: replaceBy('export class AdaptiveRetryStrategy {}'),
  },
  {
    file: moduleOf(`${SMITHY}/retry`, 'util-retry/StandardRetryStrategy.js'),
    transform: replaceBy('export class StandardRetryStrategy {}'),
  },
  {
    file: moduleOf('@smithy/signature-v4', 'dist-es/HeaderFormatter.js'),
    transform: replaceBy('export class HeaderFormatter {}'),
  },
  // JSON Schema, which nobody asks a function for.
  { file: moduleOf('zod', 'v4/core/to-json-schema.js'), transform: (source) => refuseCalls(source) },
  { file: moduleOf('zod', 'v4/core/json-schema-processors.js'), transform: (source) => refuseCalls(source) },
  { file: moduleOf('zod', 'v4/classic/schemas.js'), transform: (source) => slimZod(source) },
];

const besideIt = (path: string, name: string): string => {
  const neighbour = join(dirname(path), name);
  return existsSync(neighbour) ? readFileSync(neighbour, 'utf8') : '';
};

/** Errors whose class the product asks for; all others are known by their name, which the SDK sets without their class. */
const KEPT_ERRORS = /^(ConditionalCheckFailedException|TransactionCanceledException)\$/;

/**
 * Schemas of operations that are not called, and classes of errors that nobody asks for.
 *
 * The SDK names fields by constants in computed keys, which a bundler must keep because they could have side effects;
 * written as literals, they are dropped. Registering an error's class keeps all of them; unregistered, an error has the
 * same name, message, fault and status, as an instance of the service's base exception.
 *
 * @param source - `schemas_0.js` of a client
 */
export const slimSchemas = (source: string): string => {
  const names = new Map([...source.matchAll(/^const (_\w+) = ("[^"]*");$/gm)].map(([, name, value]) => [name, value]));
  return source
    .replace(/\[(_\w+)\]:/g, (whole, name: string) => (names.has(name) ? `${names.get(name)}:` : whole))
    .replace(/^n\d+_registry\.registerError\((.*), .*\);$/gm, (whole, error: string) =>
      KEPT_ERRORS.test(error) ? whole : '',
    );
};

const RULE_FUNCTIONS = 'isVirtualHostableS3Bucket, parseArn, partition';

/**
 * The service's regional endpoint without the rule engine: `https://<service>.<region>.<suffix of the partition>`, or
 * the configured one (`AWS_ENDPOINT_URL`). FIPS and dual-stack endpoints refuse by name.
 *
 * Only for a client whose own rules have that very endpoint. Any other, like the global IAM, keeps its rules, and the
 * functions that they call, which all others do without.
 *
 * @param besideIt - the client's `EndpointParameters.js` and `bdd.js`
 */
export const slimEndpoint = (source: string, endpointModule: string, besideIt: string): string => {
  const service = /defaultSigningName: "([\w-]+)"/.exec(besideIt)?.[1];
  const known =
    service !== undefined &&
    [
      `"https://${service}.{Region}.{PartitionResult#dnsSuffix}"`,
      `"https://${service}.{Region}.{partitionResult#dnsSuffix}/{uri_encoded_bucket}"`, // S3
    ].some((endpoint) => besideIt.includes(endpoint));
  if (!known || !source.includes('export const defaultEndpointResolver')) {
    return source.replace(
      'import { awsEndpointFunctions } from "@aws-sdk/core/client";',
      `import { ${RULE_FUNCTIONS} } from "@aws-sdk/core/client";
const awsEndpointFunctions = { ${RULE_FUNCTIONS} };`,
    );
  }
  return `import { regionalEndpoint } from ${JSON.stringify(endpointModule)};
export const defaultEndpointResolver = regionalEndpoint('${service}');`;
};

/**
 * Formats as methods of strings (`z.string().email()`, deprecated; `z.email()` stays), each of which keeps its class in
 * every bundle; JSON Schema; and the memory for values that contain themselves, which JSON cannot. A schema that calls a missing method fails when its function is loaded, which a test does.
 */
export const slimZod = (source: string): string =>
  source
    .replace(/^ {4}\w+\(params\) \{\n {8}return this\.check\(core\._\w+\(Zod\w+, params\)\);\n {4}\},\n/gm, '')
    .replace(/^ {4}inst\._zod\.processJSONSchema = .*;\n/gm, '')
    .replace('import { util } from "../core/index.js";', 'import * as util from "../core/util.js";')
    .replaceAll('core.util.', 'util.')
    .replace('core.config({ memoizer: core.memoizer() });', ';');

/** The same exports, each a function that refuses by name. */
export const refuseCalls = (source: string): string =>
  [...source.matchAll(/^export (?:const|function|class) (\w+)/gm)]
    .map(([, name]) => `export const ${name} = () => { throw new Error('${name} is not part of this bundle'); };`)
    .join('\n');

import type { EnvironmentName } from '../../core/contracts/workload.ts';

/** What one environment's system publishes in SSM, for its functions and for the apps of its users. */
export type ParameterKey =
  | 'mode'
  | 'model'
  | 'alarm-topic-arn'
  | 'registrar-arn'
  | 'act-role-name'
  | 'sense-role-name'
  | 'observe-role-name'
  | 'detector-arn'
  | 'detector-role-name'
  | 'bus-name'
  | 'api-url';

/** The parameter's name: a contract with users' apps, so it never changes. */
export const parameterName = (environment: EnvironmentName, key: ParameterKey): string =>
  `/kintsugi/${environment}/${key}`;

import { parameterName } from '../../lib/config/parameters.ts';
import type { StackState } from './account.ts';
import type { Finding } from './finding.ts';
import { broken, doubtful, fine } from './finding.ts';
import type { Look, Surroundings } from './surroundings.ts';

/** Without any of these an environment does not heal. */
const NEEDED = ['Data', 'Events', 'Healing', 'Ingest', 'Api', 'Optimizer', 'Operations'] as const;
const ON_AWS = ['Web', 'WebContent', 'Cloud'] as const;

export const stacks: Look = ({ env, config, local }, found) => {
  const deploy = (name: string): string =>
    local === null ? `npx cdk deploy 'Kintsugi-${env}/${name.replace(`Kintsugi-${env}-`, '')}'` : 'npm start';
  const wanted = local === null && config.cloudStack ? [...NEEDED, ...ON_AWS] : NEEDED;
  const missing = wanted
    .map((name) => `Kintsugi-${env}-${name}`)
    .filter((name) => !found.some((one) => one.name === name));
  if (missing.length === wanted.length) {
    const all = local === null ? `npx cdk deploy 'Kintsugi-${env}/*'` : 'npm start';
    return [broken('stacks', `Kintsugi-${env}-*`, 'Kintsugi is not deployed in this account and region', all)];
  }
  const bad = found.flatMap((stack) => stackTrouble(stack, deploy(stack.name)));
  const gone = missing.map((name) => broken('stacks', name, 'is not deployed', deploy(name)));
  if (bad.length + gone.length > 0) return [...gone, ...bad];
  return [fine('stacks', `Kintsugi-${env}-*`, `${found.length} stacks are deployed and in a good state`)];
};

const stackTrouble = ({ name, status }: StackState, deploy: string): Finding[] => {
  if (status === 'ROLLBACK_COMPLETE' || status === 'ROLLBACK_FAILED') {
    const what = `is ${status}: its creation failed, and it can only be deleted`;
    return [broken('stacks', name, what, `aws cloudformation delete-stack --stack-name ${name} && ${deploy}`)];
  }
  if (status.endsWith('_FAILED')) return [broken('stacks', name, `is ${status}`, deploy)];
  if (status.endsWith('_IN_PROGRESS')) {
    const wait = status.startsWith('DELETE') ? 'delete' : status.startsWith('CREATE') ? 'create' : 'update';
    return [
      doubtful('stacks', name, `is ${status}`, `aws cloudformation wait stack-${wait}-complete --stack-name ${name}`),
    ];
  }
  if (status.endsWith('ROLLBACK_COMPLETE')) {
    return [doubtful('stacks', name, `is ${status}: its last deployment failed, the version before runs`, deploy)];
  }
  return [];
};

export const functions: Look = async ({ env, account, local }, found) => {
  const seen = await account.functions(found.map(({ name }) => name));
  const deploy = (stack: string): string =>
    local === null ? `npx cdk deploy 'Kintsugi-${env}/${stack.replace(`Kintsugi-${env}-`, '')}' --force` : 'npm start';
  const bad = seen.flatMap(({ name, stack, state, lastUpdate, reason }) => {
    const why = reason === null ? '' : `: ${reason}`;
    if (state === null) return [broken('functions', name, `is gone, though stack ${stack} has it`, deploy(stack))];
    if (state !== 'Active' && state !== 'Inactive')
      return [broken('functions', name, `is ${state}${why}`, deploy(stack))];
    if (lastUpdate === 'Failed') return [broken('functions', name, `its last update failed${why}`, deploy(stack))];
    return [];
  });
  return bad.length > 0 ? bad : [fine('functions', `Kintsugi-${env}-*`, `${seen.length} functions are ready`)];
};

/** A stop turns the mode off and closes the entry as well: one without the other is a fault. */
const stopped = async ({ env, account }: Pick<Surroundings, 'env' | 'account'>): Promise<boolean> => {
  // Whoever may not read the mode is told so by the look at the mode.
  const mode = await account.parameter(parameterName(env, 'mode')).catch(() => null);
  return mode === 'off';
};

export const eventSources: Look = async ({ env, account }, found) => {
  const seen = await account.eventSources(found.map(({ name }) => name));
  const isStopped = await stopped({ env, account });
  const entry = found.find(({ name }) => name.endsWith('-Operations'))?.outputs['SignalsMappingId'];
  const bad = seen.flatMap(({ id, source, functionName, state, stack }) => {
    if (state === null) {
      return [
        broken(
          'event-sources',
          id,
          `is gone, though stack ${stack} has it`,
          `npx cdk deploy 'Kintsugi-${env}/*' --force`,
        ),
      ];
    }
    if (!state.startsWith('Disabl')) return [];
    const what = `is disabled: messages of ${source} wait and ${functionName} does not see them`;
    const enable = `aws lambda update-event-source-mapping --uuid ${id} --enabled`;
    if (id !== entry) return [broken('event-sources', id, what, enable)];
    return isStopped
      ? [doubtful('event-sources', id, `${what}, because Kintsugi is stopped`, 'kintsugi resume --mode manual')]
      : [broken('event-sources', id, what, 'kintsugi resume --mode manual')];
  });
  return bad.length > 0
    ? bad
    : [fine('event-sources', `Kintsugi-${env}-*`, `${seen.length} queues and streams are read`)];
};

import {
  AttachRolePolicyCommand,
  DetachRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import {
  DeleteFunctionConcurrencyCommand,
  GetEventSourceMappingCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { Mode } from '../../core/contracts/limits.ts';
import { settingsFor } from './clients.ts';
import { calling, isNamed } from './sdk-errors.ts';
import { ssmModeSource, writeMode } from './ssm-mode.ts';

/** What the clients are made with; nothing means the SDK's own chain. */
interface ClientConfig {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Where the places are, as the Operations stack says it. */
export interface KillSwitchOutputs {
  readonly ActFunctionName: string;
  readonly ActRoleName: string;
  readonly DenialArn: string;
  readonly SignalsMappingId: string;
  readonly ModeParameterName: string;
}

export type PlaceName = 'mode parameter' | 'entry' | 'IAM denial';

/** One of the three places where everything can be stopped; each works without the other two. */
export interface Place {
  readonly name: PlaceName;
  /** @returns what was done, in words */
  readonly stop: (reason: string) => Promise<string>;
  readonly resume: (mode: Mode) => Promise<string>;
  readonly isStopped: () => Promise<boolean>;
}

/** What became of one place. */
export interface PlaceReport {
  readonly place: PlaceName;
  readonly ok: boolean;
  readonly detail: string;
}

/** A stop must not hang on the one place that does not answer. */
const QUICK = { connectionTimeout: 1_000, requestTimeout: 2_000, socketTimeout: 2_000, throwOnRequestTimeout: true };

/** The three places, through the AWS APIs alone: no function of Kintsugi has to run for them. */
export const killSwitchPlaces = (outputs: KillSwitchOutputs, config: ClientConfig = {}): readonly Place[] => [
  modePlace(new SSMClient({ ...settingsFor('ssm', QUICK), ...config }), outputs),
  entryPlace(new LambdaClient({ ...settingsFor('lambda', QUICK), ...config }), outputs),
  denialPlace(new IAMClient({ ...settingsFor('iam', QUICK), ...config }), outputs),
];

/** Acts on all places at once; one that fails keeps no other from its turn. */
export const atEveryPlace = async (
  places: readonly Place[],
  act: (place: Place) => Promise<string>,
): Promise<readonly PlaceReport[]> =>
  Promise.all(
    places.map(async (place): Promise<PlaceReport> => {
      try {
        return { place: place.name, ok: true, detail: await act(place) };
      } catch (error) {
        return { place: place.name, ok: false, detail: error instanceof Error ? error.message : String(error) };
      }
    }),
  );

const modePlace = (client: SSMClient, { ModeParameterName: Name }: KillSwitchOutputs): Place => {
  return {
    name: 'mode parameter',
    stop: async (reason) => {
      await writeMode(client, Name, 'off', `Stopped: ${reason}`);
      return `${Name} is off`;
    },
    resume: async (mode) => {
      await writeMode(client, Name, mode, 'What the Auto Healer may do right now. Unreadable means off.');
      return `${Name} is ${mode}`;
    },
    isStopped: async () => (await ssmModeSource(client, Name).read()).mode === 'off',
  };
};

const entryPlace = (client: LambdaClient, { ActFunctionName, SignalsMappingId }: KillSwitchOutputs): Place => {
  const FunctionName = ActFunctionName;
  const takeSignals = async (Enabled: boolean): Promise<void> => {
    const command = new UpdateEventSourceMappingCommand({ UUID: SignalsMappingId, Enabled });
    try {
      await calling('lambda:UpdateEventSourceMapping', () => client.send(command), SignalsMappingId);
    } catch (error) {
      // It is still changing from the last time: what counts for the stop, Act, does not depend on it.
      if (!isNamed(error, 'ResourceInUseException')) throw error;
    }
  };
  return {
    name: 'entry',
    stop: async () => {
      // Act first: it is what changes workloads.
      const command = new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 });
      await calling('lambda:PutFunctionConcurrency', () => client.send(command), FunctionName);
      await takeSignals(false);
      return 'Act does not run any more, and signals wait in their queue';
    },
    resume: async () => {
      const command = new DeleteFunctionConcurrencyCommand({ FunctionName });
      await calling('lambda:DeleteFunctionConcurrency', () => client.send(command), FunctionName);
      await takeSignals(true);
      return 'Act runs, and signals are taken in';
    },
    isStopped: async () => {
      const [{ ReservedConcurrentExecutions }, { State }] = await Promise.all([
        calling('lambda:GetFunctionConcurrency', () =>
          client.send(new GetFunctionConcurrencyCommand({ FunctionName })),
        ),
        calling('lambda:GetEventSourceMapping', () =>
          client.send(new GetEventSourceMappingCommand({ UUID: SignalsMappingId })),
        ),
      ]);
      return ReservedConcurrentExecutions === 0 || (State ?? '').startsWith('Disabl');
    },
  };
};

const denialPlace = (client: IAMClient, { ActRoleName: RoleName, DenialArn: PolicyArn }: KillSwitchOutputs): Place => ({
  name: 'IAM denial',
  stop: async () => {
    const command = new AttachRolePolicyCommand({ RoleName, PolicyArn });
    await calling('iam:AttachRolePolicy', () => client.send(command), RoleName);
    return 'the role of Act may change nothing';
  },
  resume: async () => {
    try {
      await calling('iam:DetachRolePolicy', () => client.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })));
    } catch (error) {
      if (!isNamed(error, 'NoSuchEntityException')) throw error; // it was not attached: nothing to take away
    }
    return 'the role of Act may do again what it was given';
  },
  isStopped: async () => {
    const { AttachedPolicies = [] } = await calling('iam:ListAttachedRolePolicies', () =>
      client.send(new ListAttachedRolePoliciesCommand({ RoleName })),
    );
    return AttachedPolicies.some((policy) => policy.PolicyArn === PolicyArn);
  },
});

import {
  GetAliasCommand,
  ListVersionsByFunctionCommand,
  type FunctionConfiguration,
  type LambdaClient,
} from '@aws-sdk/client-lambda';
import type { Revision } from '../../core/contracts/evidence.ts';
import { InvalidInputError } from '../../core/shared/errors.ts';
import { calling } from './sdk-errors.ts';
import { UNKNOWN_STATE } from '../../core/evidence/unknown-state.ts';
import type { ProbeOf } from './workload-probes.ts';

/**
 * The version that an alias points to, and the version that was published before it.
 *
 * Lambda keeps no history of an alias. A published version passed its publisher's tests, so the one before counts as
 * stable unless it failed to become active. While the alias splits its traffic, a deployment is under way.
 */
export const lambdaAliasProbe =
  (client: LambdaClient): ProbeOf<'lambda-function'> =>
  async ({ functionName, aliasName }) => {
    const [alias, versions] = await Promise.all([
      calling(
        'lambda:GetAlias',
        () => client.send(new GetAliasCommand({ FunctionName: functionName, Name: aliasName })),
        `${functionName}:${aliasName}`,
      ),
      publishedVersions(client, functionName),
    ]);
    const index = versions.findIndex(({ Version }) => Version === alias.FunctionVersion);
    const current = versions[index];
    if (current === undefined) {
      throw new InvalidInputError(
        `alias ${functionName}:${aliasName} points to ${alias.FunctionVersion}; only a published version can be healed`,
      );
    }
    const splits = Object.keys(alias.RoutingConfig?.AdditionalVersionWeights ?? {}).length > 0;
    const previous = versions.slice(0, index).findLast(({ State }) => State !== 'Failed');
    return {
      ...UNKNOWN_STATE,
      currentRevision: toRevision(current, !splits),
      stableRevision: previous === undefined ? null : toRevision(previous, true),
      deploymentInProgress: splits,
      lastChange: previous === undefined ? null : changeBetween(previous, current),
    };
  };

/** Published versions, oldest first. */
const publishedVersions = async (
  client: LambdaClient,
  functionName: string,
): Promise<readonly FunctionConfiguration[]> => {
  const versions: FunctionConfiguration[] = [];
  let marker: string | undefined;
  do {
    const command = new ListVersionsByFunctionCommand({
      FunctionName: functionName,
      ...(marker === undefined ? {} : { Marker: marker }),
    });
    const page = await calling('lambda:ListVersionsByFunction', () => client.send(command), functionName);
    versions.push(...(page.Versions ?? []).filter(({ Version }) => /^\d+$/.test(Version ?? '')));
    marker = page.NextMarker;
  } while (marker !== undefined && marker !== '');
  return versions.sort((a, b) => Number(a.Version) - Number(b.Version));
};

const toRevision = ({ Version, LastModified }: FunctionConfiguration, stable: boolean): Revision => ({
  revision: String(Version),
  deploymentId: String(Version),
  // Lambda writes the zone as +0000, which is not what the contract calls a date.
  createdAt: new Date(LastModified ?? 0).toISOString(),
  stable,
});

const changeBetween = (before: FunctionConfiguration, after: FunctionConfiguration): 'code' | 'configuration' =>
  before.CodeSha256 === after.CodeSha256 ? 'configuration' : 'code';

import { GetParameterCommand, PutParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import type { Mode } from '../../core/contracts/limits.ts';
import { ModeSchema } from '../../core/contracts/limits.ts';
import type { ModeSource } from '../../core/shared/ports.ts';
import { epochMs } from '../../core/shared/units.ts';
import { calling, isNamed } from './sdk-errors.ts';

/** A kill switch must work within five seconds: one that answers later is one that cannot be read. */
const TIMEOUT_MS = 4_000;

/**
 * The operating mode in an SSM parameter: the kill switch, so it is read anew each time and fails closed. Whatever is not
 * one of the four modes, and whatever goes wrong, means `off`.
 */
export const ssmModeSource = (client: SSMClient, parameterName: string): ModeSource => ({
  read: async () => {
    try {
      const { Parameter } = await client.send(new GetParameterCommand({ Name: parameterName }), {
        abortSignal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const changedAt = Parameter?.LastModifiedDate;
      return {
        ...interpret(Parameter?.Value, parameterName),
        since: changedAt === undefined ? null : epochMs(+changedAt),
      };
    } catch (error) {
      const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return {
        mode: 'off',
        reason: `mode parameter ${parameterName} could not be read (${what}), which means off`,
        since: null,
        // One that is not there is off for everybody.
        ...(isNamed(error, 'ParameterNotFound') ? {} : { unread: true }),
      };
    }
  },
});

const interpret = (value: string | undefined, name: string): Omit<Awaited<ReturnType<ModeSource['read']>>, 'since'> => {
  const mode = ModeSchema.safeParse(value);
  if (mode.success) return { mode: mode.data, reason: `mode parameter ${name} says '${mode.data}'` };
  const found = value === undefined || value === '' ? 'is empty' : `holds '${value}'`;
  return {
    mode: 'off',
    reason: `mode parameter ${name} ${found}, allowed are ${ModeSchema.options.join(', ')}: anything else means off`,
  };
};

const MOST_DESCRIPTION = 1_024;

/** Sets the mode; creates the parameter where somebody has deleted it, which SSM does only when it is told a type. */
export const writeMode = async (
  client: SSMClient,
  parameterName: string,
  mode: Mode,
  description?: string,
): Promise<void> => {
  const command = new PutParameterCommand({
    Name: parameterName,
    Type: 'String',
    Value: mode,
    Overwrite: true,
    ...(description === undefined ? {} : { Description: description.slice(0, MOST_DESCRIPTION) }),
  });
  await calling('ssm:PutParameter', () => client.send(command), parameterName);
};

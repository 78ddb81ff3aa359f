import type { Gap } from '../contracts/gap.ts';

/** As `permissionDenied` in `lambdas/adapters/sdk-errors.ts` writes it. */
const DENIED =
  /^(?<who>.+?) may not call (?<action>[\w-]+:\w+) on (?<resource>.+?)\. Add to its role: (?<fix>.+?)\. AWS says: /s;

/** As `translate` there writes it: what was called, on what, and why there was no answer. */
const UNAVAILABLE =
  /^(?<action>[\w-]+:\w+)(?: on (?<resource>\S+))? (?<why>was throttled|was not answered in time|could not be reached|failed on the side of AWS)/;

/**
 * What Kintsugi itself lacked when a step failed: a permission or an answering service, by name, with what to do. Null for
 * any other failure.
 *
 * @param error - name of the error
 * @param cause - its message
 */
export const gapOf = (error: string, cause: string): Gap | null => {
  if (error === 'PermissionDeniedError') {
    const { who, action, resource, fix } = DENIED.exec(cause)?.groups ?? {};
    if (who === undefined || action === undefined || resource === undefined || fix === undefined) return null;
    return { kind: 'permission', action, resource, who, fix: `${fix}, in the role of ${who}` };
  }
  if (error === 'DependencyUnavailableError') {
    const { action, resource = 'an unnamed resource', why } = UNAVAILABLE.exec(cause)?.groups ?? {};
    if (action === undefined || why === undefined) return null;
    return {
      kind: 'dependency',
      action,
      resource,
      who: null,
      fix: `${action.split(':')[0]} ${why}: look at its health`,
    };
  }
  return null;
};

/** A gap in a sentence. */
export const describeGap = ({ kind, action, resource, who, fix }: Gap): string =>
  kind === 'permission'
    ? `Kintsugi is blocked: ${who ?? 'its role'} lacks ${action} on ${resource}. To do: ${fix}.`
    : `Kintsugi is blocked: ${action} on ${resource} is not available. To do: ${fix}.`;

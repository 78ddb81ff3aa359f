import { PermissionDeniedError } from '../../core/shared/errors.ts';
import { isNamed } from '../../lambdas/adapters/sdk-errors.ts';

/** What one look found; `skipped` could not be looked at, because something before it is broken. */
export interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'warning' | 'error' | 'skipped';
  /** What was looked at: a file, a program, an ARN or a name in AWS. */
  readonly where: string;
  readonly what: string;
  /** A command, to be pasted as it is where it holds no placeholder in capitals; null where there is nothing to mend. */
  readonly fix: string | null;
}

export const fine = (check: string, where: string, what: string): Finding => ({
  check,
  status: 'ok',
  where,
  what,
  fix: null,
});
export const broken = (check: string, where: string, what: string, fix: string): Finding => ({
  check,
  status: 'error',
  where,
  what,
  fix,
});
/** Kintsugi works, though not as well as it could. */
export const doubtful = (check: string, where: string, what: string, fix: string): Finding => ({
  check,
  status: 'warning',
  where,
  what,
  fix,
});
export const skipped = (check: string, because: string): Finding => ({
  check,
  status: 'skipped',
  where: '',
  what: `not looked at: ${because}`,
  fix: null,
});

/** What a look that failed says of itself: a missing permission names the statement that would let it happen. */
export const failedLook = (check: string, where: string, error: unknown): Finding => {
  if (error instanceof PermissionDeniedError) return denied(error.message);
  const message = error instanceof Error ? error.message : String(error);
  const expired = ['ExpiredToken', 'InvalidClientTokenId', 'UnrecognizedClient', 'InvalidAccessKeyId', 'AuthFailure'];
  if (expired.some((name) => isNamed(error, name))) {
    return broken('credentials', where, `AWS does not take these credentials: ${message}`, 'aws sso login');
  }
  return broken(check, where, `could not be looked at: ${message}`, 'kintsugi doctor');
};

/** As `PermissionDeniedError` words it. */
const DENIAL = /^(?<who>.+?) may not call (?<action>\S+) on (?<target>.+?)\. Add to its role/;

const denied = (message: string): Finding => {
  const { who = 'you', action = '*', target = '*' } = DENIAL.exec(message)?.groups ?? {};
  const resource = target.startsWith('arn:') ? target : '*';
  const statement = { Effect: 'Allow', Action: action, Resource: resource };
  const document = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const [, user] = /:user\/(?:.*\/)?([^/]+)$/.exec(who) ?? [];
  const [, role = 'ROLE'] = /:assumed-role\/([^/]+)\//.exec(who) ?? [];
  const put = user === undefined ? `put-role-policy --role-name ${role}` : `put-user-policy --user-name ${user}`;
  const fix = `aws iam ${put} --policy-name kintsugi-${action.replace(':', '-')} --policy-document '${document}'`;
  return broken('permissions', who, `may not call ${action} on ${target}`, fix);
};

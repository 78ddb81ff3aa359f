import { DependencyUnavailableError, PermissionDeniedError } from '../../core/shared/errors.ts';

/** What an AWS SDK or network error says about itself; every field may be missing. */
interface ErrorTraits {
  readonly name: string;
  readonly message: string;
  readonly code: string;
  readonly status: number | undefined;
  readonly serverFault: boolean;
  readonly throttled: boolean;
}

const DENIED =
  /^(AccessDenied(Exception)?|AuthorizationError(Exception)?|UnauthorizedOperation|KMSAccessDenied(Exception)?)$/;
const THROTTLED =
  /^(Throttl(ed|ing)(Exception)?|RequestThrottled(Exception)?|ThrottledException|TooManyRequestsException|RequestLimitExceeded|ProvisionedThroughputExceededException|SlowDown|PriorRequestNotComplete|BandwidthLimitExceeded|TransactionInProgressException)$/;
const UNREACHABLE =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|UND_ERR_\w+|CircuitOpenError)$/;
const TIMED_OUT = /^(TimeoutError|AbortError|RequestTimeout(Exception)?|CredentialsProviderError)$/;

/**
 * An error of the AWS SDK in the product's own words, the original as its cause.
 *
 * Throttling, server faults, timeouts and network failures become `DependencyUnavailableError` (a retry may help);
 * a missing permission becomes `PermissionDeniedError` that names the statement to add; anything else is returned as it is.
 *
 * @param operation - the IAM name of what was called, for example `ecs:UpdateService`
 * @param resource - ARN or name of what it was called on, used where the error does not say it
 */
export const translate = (error: unknown, operation: string, resource?: string): unknown => {
  const traits = traitsOf(error);
  if (traits === undefined) return error;
  if (DENIED.test(traits.name)) return permissionDenied(error, traits, operation, resource);
  const why = unavailability(traits);
  if (why === null) return error;
  const on = resource === undefined ? '' : ` on ${resource}`;
  return new DependencyUnavailableError(`${operation}${on} ${why}: ${traits.name}: ${traits.message}`, {
    cause: error,
  });
};

/** Runs a call to AWS and translates what it throws. */
export const calling = async <T>(operation: string, call: () => Promise<T>, resource?: string): Promise<T> => {
  try {
    return await call();
  } catch (error) {
    throw translate(error, operation, resource);
  }
};

/** Whether an error has this name, as AWS calls it; true for query-protocol codes with or without `Exception`. */
export const isNamed = (error: unknown, name: string): boolean =>
  error instanceof Error && error.name.replace(/Exception$/, '') === name.replace(/Exception$/, '');

const traitsOf = (error: unknown): ErrorTraits | undefined => {
  if (!(error instanceof Error)) return undefined;
  const sdk = error as Error & {
    readonly code?: unknown;
    readonly $fault?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: number };
    readonly $retryable?: { readonly throttling?: boolean };
  };
  return {
    name: error.name,
    message: error.message,
    code: typeof sdk.code === 'string' ? sdk.code : '',
    status: sdk.$metadata?.httpStatusCode,
    serverFault: sdk.$fault === 'server',
    throttled: sdk.$retryable?.throttling === true,
  };
};

const unavailability = ({ name, code, status, serverFault, throttled }: ErrorTraits): string | null => {
  if (throttled || status === 429 || THROTTLED.test(name)) return 'was throttled';
  if (TIMED_OUT.test(name)) return 'was not answered in time';
  if (UNREACHABLE.test(code) || UNREACHABLE.test(name)) return 'could not be reached';
  if (serverFault || (status !== undefined && status >= 500)) return 'failed on the side of AWS';
  return null;
};

/** `User: arn:... is not authorized to perform: ecs:UpdateService on resource: arn:... because no ... policy allows it` */
const DENIAL =
  /^(?:User|.*?):?\s*(?<principal>arn:\S+) is not authorized to perform: (?<action>[\w-]+:\w+)(?: on resource: (?<resource>\S+))?/;

const permissionDenied = (
  error: unknown,
  traits: ErrorTraits,
  operation: string,
  resource: string | undefined,
): PermissionDeniedError => {
  const said = DENIAL.exec(traits.message)?.groups;
  const action = said?.action ?? operation;
  const target = said?.resource ?? resource ?? 'the resource of the call';
  const who = said?.principal ?? "the function's role";
  return new PermissionDeniedError(
    `${who} may not call ${action} on ${target}. Add to its role: Allow ${action} on ${target}. AWS says: ${traits.message}`,
    { cause: error },
  );
};

/** What the SDK's endpoint rules get; the rest of their parameters does not matter to a regional endpoint. */
interface EndpointParameters {
  readonly Endpoint?: string;
  readonly Region?: string;
  readonly UseFIPS?: boolean;
  readonly UseDualStack?: boolean;
  /** S3's own: the bucket of the request. */
  readonly Bucket?: string;
}

/** Suffixes of partitions, by the beginning of their regions' names; all other regions are under `amazonaws.com`. */
const SUFFIXES: readonly (readonly [region: string, suffix: string])[] = [
  ['cn-', 'amazonaws.com.cn'],
  ['eusc-', 'amazonaws.eu'],
  ['us-iso-', 'c2s.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk'],
  ['us-isof-', 'csp.hci.ic.gov'],
];

/**
 * Takes the place of the SDK's endpoint rules in the bundles of functions: the configured endpoint, or the service's own
 * in the region. The rules and their engine would be a twentieth of a bundle. A bucket is the first part of the path, as
 * every region of S3 takes it.
 *
 * @throws Error where FIPS or dual-stack endpoints are asked for, without a region, and for an access point or a
 *   directory bucket, which have endpoints of their own
 */
export const regionalEndpoint =
  (service: string) =>
  ({ Endpoint, Region, UseFIPS, UseDualStack, Bucket }: EndpointParameters): { readonly url: URL } => {
    if (UseFIPS || UseDualStack) {
      const setting = UseFIPS ? 'AWS_USE_FIPS_ENDPOINT' : 'AWS_USE_DUALSTACK_ENDPOINT';
      throw new Error(`${setting} is set, but functions know regional endpoints only: set AWS_ENDPOINT_URL instead.`);
    }
    const path = Bucket === undefined ? '' : `/${plainBucket(Bucket)}`;
    if (Endpoint !== undefined) return { url: new URL(Endpoint.replace(/\/$/, '') + path) };
    if (!Region) throw new Error(`AWS_REGION is not set: the endpoint of ${service} is unknown. Lambda sets it.`);
    const suffix = SUFFIXES.find(([prefix]) => Region.startsWith(prefix))?.[1] ?? 'amazonaws.com';
    return { url: new URL(`https://${service}.${Region}.${suffix}${path}`) };
  };

const plainBucket = (name: string): string => {
  if (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !/--(?:x-s3|ol-s3)$/.test(name)) return name;
  throw new Error(`Bucket '${name}' is not a general purpose bucket: functions know no other.`);
};

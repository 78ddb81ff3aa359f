/** Names of the ECS service's errors that this server answers with; the SDK turns each into its own exception class. */
export type EcsErrorName =
  | 'ClientException'
  | 'ClusterNotFoundException'
  | 'ClusterContainsServicesException'
  | 'InvalidParameterException'
  | 'ServiceNotActiveException'
  | 'ServiceNotFoundException'
  | 'UnsupportedFeatureException';

/** An answer of status 400, in the words of the real service. */
export class EcsError extends Error {
  override readonly name: EcsErrorName;

  constructor(name: EcsErrorName, message: string) {
    super(message);
    this.name = name;
  }
}

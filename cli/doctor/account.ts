/** One stack of the environment. */
export interface StackState {
  readonly name: string;
  /** As CloudFormation calls it, such as `UPDATE_COMPLETE`. */
  readonly status: string;
  readonly changedAt: Date | null;
  readonly outputs: Readonly<Record<string, string>>;
}

export interface FunctionState {
  readonly name: string;
  readonly stack: string;
  /** Null when the stack has it and Lambda does not. */
  readonly state: string | null;
  /** Why it is not active, or why its last update failed. */
  readonly reason: string | null;
  readonly lastUpdate: string | null;
}

/** What carries messages from a queue or a stream into a function. */
export interface EventSource {
  readonly id: string;
  readonly stack: string;
  readonly functionName: string;
  readonly source: string;
  /** `Enabled`, `Disabled`, ...; null when it is gone. */
  readonly state: string | null;
}

export interface Subscription {
  readonly protocol: string;
  readonly endpoint: string;
  readonly isConfirmed: boolean;
}

/** An environment in an AWS account, as the doctor looks at it. Every read may throw `PermissionDeniedError`. */
export interface Account {
  /** @throws when none is set */
  readonly region: () => Promise<string>;
  /** Whose credentials they are; throws when there are none. */
  readonly credentials: () => Promise<string>;
  /** Every stack of the environment, in any state. */
  readonly stacks: () => Promise<readonly StackState[]>;
  /** Null when there is none of this name. */
  readonly parameter: (name: string) => Promise<string | null>;
  readonly functions: (stacks: readonly string[]) => Promise<readonly FunctionState[]>;
  readonly eventSources: (stacks: readonly string[]) => Promise<readonly EventSource[]>;
  readonly subscriptions: (topicArn: string) => Promise<readonly Subscription[]>;
  /** Time of each agent's last heartbeat. */
  readonly heartbeats: (table: string) => Promise<readonly (Date | null)[]>;
  /** Alarms on Kintsugi itself that are in ALARM, with their descriptions. */
  readonly ownAlarms: (stack: string) => Promise<readonly { readonly name: string; readonly description: string }[]>;
}

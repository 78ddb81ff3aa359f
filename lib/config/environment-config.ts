import * as z from 'zod';
import { LimitsSchema, ModeSchema } from '../../core/contracts/limits.ts';
import { ChatModelSchema } from '../../core/contracts/chat-model.ts';
import { ChainSchema } from '../../core/contracts/notice.ts';
import { disagreements } from './limits-together.ts';

/** A demo shop that is watched by the environment's system; `prefix` tells two shops apart that stand side by side. */
export const DemoShopSchema = z.strictObject({
  prefix: z.string().regex(/^$|^[a-z][a-z0-9-]{0,15}-$/, 'must be empty or like "b-": lower-case, ending in a hyphen'),
  /** ECS cluster of the shop's services; it exists already, the stack does not create it. */
  clusterName: z.string().min(1),
  /** Whether its metrics are searched for anomalies, and its future is looked at; absent: no. */
  detection: z.boolean().optional(),
  /** Whether its services say which others they call, or that is learned from their calls; absent: they say it. */
  declared: z.boolean().optional(),
});
export type DemoShop = z.output<typeof DemoShopSchema>;

/** A synthetic incident through the whole loop, again and again. */
export const DrillSchema = z.strictObject({
  everyHours: z.int().min(1).max(168),
  /** Whatever then has not been healed is an alarm; metrics of queues on AWS are up to five minutes late, twice. */
  healedWithinMinutes: z.int().min(15).max(1440),
});
export type Drill = z.output<typeof DrillSchema>;

/** Everything in which environments differ. Constructs read it and never ask for the environment's name. */
export const EnvironmentConfigSchema = z
  .strictObject({
    /** Debug log lines of every function. */
    debug: z.boolean(),
    /** Initial value of the mode parameter; operators change the parameter, not this. */
    mode: ModeSchema,
    /** What the phases may do, handed to every function as data. */
    limits: z.strictObject(LimitsSchema.shape),
    /** Minutes between two heartbeats of the agents; 0: no schedule, and no alarm that waits for one. */
    heartbeatMinutes: z.int().min(0).max(1440),
    /** Days that logs are kept; one of CloudWatch Logs' own steps. */
    logRetentionDays: z.literal([7, 30, 90, 180, 365]),
    /** What becomes of tables, keys and users when their stack or their resource goes. */
    removal: z.enum(['destroy', 'retain']),
    /** How long, and against whom, checkpoints of the records are locked: `governance` yields to a special permission, `compliance` to nobody. */
    recordLock: z.strictObject({ mode: z.enum(['governance', 'compliance']), days: z.int().min(1).max(36_500) }),
    /** Restore tables to any second of the last 35 days. */
    pointInTimeRecovery: z.boolean(),
    /** Deleting a table or the user pool needs this switched off first. */
    deletionProtection: z.boolean(),
    /** Signals batches that are handled at the same time, at least 2 (a limit of SQS event sources). */
    monitorConcurrency: z.int().min(2).max(1000),
    api: z.strictObject({
      /** Requests per second, all routes together. */
      rateLimit: z.int().positive(),
      burstLimit: z.int().positive(),
      /** Whether every user needs a second factor; otherwise each may choose one. */
      requireMfa: z.boolean(),
      /** What one caller may ask, in ten seconds and in a day. */
      callerRequestsPerTenSeconds: z.int().positive(),
      callerRequestsPerDay: z.int().positive(),
      /** Origins of web pages that may call the API, besides its own. */
      allowedOrigins: z.array(z.url()),
      /** Address of an API's stage, with `{apiId}` and `{stage}` in it; null: the one that AWS gives it. */
      executeUrl: z.string().nullable(),
    }),
    /** Who is told what happens, and who next while nobody answers. A webhook without an address is left out. */
    notificationChain: ChainSchema,
    /**
     * The language model that chooses among the sentences that the chat's grammar offers; null: none. Its key is the
     * SecureString parameter `/kintsugi/<env>/chat-model-key`, which operators make; without one it is called without.
     */
    chatModel: ChatModelSchema.nullable(),
    /** Days that the event archive keeps events for replay. */
    archiveDays: z.int().positive(),
    /** Whether to deploy the Cloud stack: what AWS offers and emulators cannot create. */
    cloudStack: z.boolean(),
    /** File of the environment's own expert catalogue, from where `cdk` runs; null: the one that comes with Kintsugi. */
    catalogueFile: z.string().min(1).nullable(),
    /** Folder of a user's own policies, `*.cedar`, from where the app is run; null: Kintsugi's own alone. */
    policyDirectory: z.string().min(1).nullable(),
    demoShops: z.array(DemoShopSchema),
    /** Null: no drills. */
    drill: DrillSchema.nullable(),
  })
  .refine(({ limits }) => limits.env !== 'prod' || limits.learning.randomise === null, {
    path: ['limits', 'learning', 'randomise'],
    message: 'must be null: nothing is drawn at random in production',
  })
  .superRefine(({ limits }, context) => {
    for (const { field, message } of disagreements(limits)) {
      context.addIssue({ code: 'custom', path: ['limits', field], message });
    }
  });
export type EnvironmentConfig = z.output<typeof EnvironmentConfigSchema>;

import * as z from 'zod';

/** Every action of the catalogue; what each can do to which kind of workload is in `core/action`. */
export const ActionIdSchema = z.enum([
  'wait',
  'restart',
  'redeploy',
  'scaleOut',
  'scaleIn',
  'rollback',
  'redrive',
  'escalate',
]);
export type ActionId = z.output<typeof ActionIdSchema>;

/** How much harm a wrong use can do; approvals and guards read it. */
export const RiskSchema = z.enum(['none', 'low', 'medium', 'high']);
export type Risk = z.output<typeof RiskSchema>;

/**
 * What exactly will be done: everything Act needs, nothing it has to look up again, so that an approval can be bound to
 * its hash.
 */
export const ActionPlanSchema = z.discriminatedUnion('actionId', [
  z.object({ actionId: z.literal('wait'), seconds: z.int().positive() }),
  z.object({ actionId: z.literal('restart'), taskArns: z.array(z.string()).min(1) }),
  z.object({ actionId: z.literal('redeploy') }),
  z.object({ actionId: z.literal('scaleOut'), fromTasks: z.int().min(0), toTasks: z.int().positive() }),
  z.object({ actionId: z.literal('scaleIn'), fromTasks: z.int().positive(), toTasks: z.int().positive() }),
  z.object({ actionId: z.literal('rollback'), fromRevision: z.string(), toRevision: z.string() }),
  z.object({ actionId: z.literal('redrive'), messages: z.int().positive() }),
  z.object({ actionId: z.literal('escalate'), reason: z.string() }),
]);
export type ActionPlan = z.output<typeof ActionPlanSchema>;

/** What Act did and can tell of it; `changeIds` are the ids under which our own change will come back as an event. */
export const AppliedActionSchema = z.object({
  actionId: ActionIdSchema,
  status: z.enum(['applied', 'already_applied', 'not_needed', 'refused', 'undone']),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  changeIds: z.array(z.string()),
  detail: z.string(),
});
export type AppliedAction = z.output<typeof AppliedActionSchema>;

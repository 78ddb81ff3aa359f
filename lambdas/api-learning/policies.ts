import type * as z from 'zod';
import type { SimulationSchema } from '../../core/contracts/api/learning.ts';
import type { Incident } from '../../core/contracts/incident.ts';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import type { Period } from '../../core/api/incident-page.ts';
import type { Compiled } from '../../core/guard/compile-policies.ts';
import type { PolicyEngine } from '../../core/guard/policy.ts';
import type { PolicySet } from '../../core/guard/policy-set.ts';
import { simulate } from '../../core/guard/simulate.ts';
import type { Clock, Journal } from '../../core/shared/ports.ts';
import { hours } from '../../core/shared/units.ts';
import type { Handlers } from '../api/gate.ts';
import { HttpProblem } from '../api/http.ts';
import { periodOf } from '../api/period.ts';

export interface PolicyReads {
  readonly clock: Clock;
  readonly deployed: () => PolicySet;
  readonly compile: (schema: string, file: { readonly name: string; readonly text: string }) => Promise<Compiled>;
  readonly engine: (set: PolicySet) => Promise<PolicyEngine>;
  /** Those opened in a period, newest first. */
  readonly incidents: (period: Period, limit: number) => Promise<readonly Incident[]>;
  readonly journal: Pick<Journal, 'read'>;
}

const USUAL_PERIOD = hours(7 * 24);
/** Incidents that one simulation looks at. */
const MOST_INCIDENTS = 300;
/** Journals that are read at once. */
const AT_ONCE = 25;
const YOURS = 'body.policies';

/** What may be done: the deployed policies, and what more of them would have changed. */
export const policyHandlers = (deps: PolicyReads): Handlers<'listPolicies' | 'simulatePolicies'> => ({
  listPolicies: () => {
    const { version, policies } = deps.deployed();
    return Promise.resolve({
      version,
      policies: policies.map(({ id, text, reason, source }) => ({
        policyId: id,
        file: source,
        effect: /^\s*permit\b/m.test(text) ? ('permit' as const) : ('forbid' as const),
        description: reason === '' ? null : reason,
        text,
      })),
    });
  },
  simulatePolicies: async ({ body }) => {
    const period = periodOf(body, { clock: deps.clock, usual: USUAL_PERIOD, part: 'body' });
    const engine = await deps.engine(await withMore(body.policies, deps));
    const found = await deps.incidents(period, MOST_INCIDENTS + 1);
    const incidents = found.slice(0, MOST_INCIDENTS);
    let checked = 0;
    const changed: Change[] = [];
    for (let start = 0; start < incidents.length; start += AT_ONCE) {
      const some = incidents.slice(start, start + AT_ONCE);
      const journals = await Promise.all(some.map(({ incidentId }) => deps.journal.read(incidentId)));
      for (const journal of journals) {
        const judged = changesIn(journal, engine);
        checked += judged.checked;
        changed.push(...judged.changed);
      }
    }
    return { incidents: incidents.length, complete: found.length === incidents.length, checked, changed };
  },
});

/**
 * The deployed set with more policies.
 *
 * @throws HttpProblem 400 that names each mistake with its line
 */
const withMore = async (text: string, { deployed, compile }: PolicyReads): Promise<PolicySet> => {
  const own = deployed();
  const compiled = await compile(own.schema, { name: YOURS, text });
  if (!compiled.ok) {
    const errors = compiled.problems.map(({ line, column, message }) => ({
      field: YOURS,
      message: `line ${line}, column ${column}: ${message}`,
    }));
    throw new HttpProblem(400, errors.map(({ message }) => message).join('; '), { errors });
  }
  const taken = compiled.set.policies.find(({ id }) => own.policies.some((policy) => policy.id === id));
  if (taken !== undefined) {
    const message = `@id("${taken.id}") is taken by a deployed policy`;
    throw new HttpProblem(400, message, { errors: [{ field: YOURS, message }] });
  }
  return { ...own, version: compiled.set.version, policies: [...own.policies, ...compiled.set.policies] };
};

type Change = z.output<typeof SimulationSchema>['changed'][number];

/** Verdicts of an incident that would have been others. Those of before there were policies cannot be tried. */
const changesIn = (
  journal: readonly JournalRecord[],
  engine: PolicyEngine,
): { readonly checked: number; readonly changed: readonly Change[] } => {
  let checked = 0;
  const changed: Change[] = [];
  for (const record of journal) {
    if (record.kind !== 'verdict_given') continue;
    const simulated = simulate(record.body, engine);
    if (simulated === null) continue;
    checked += 1;
    if (simulated.before === simulated.after) continue;
    const decided = journal.find((one) => one.kind === 'action_decided' && one.attempt === record.attempt);
    if (decided?.kind !== 'action_decided') continue;
    const { incidentId, attempt } = record;
    const { before, after: now, denying, asking } = simulated;
    changed.push({
      incidentId,
      attempt,
      actionId: decided.body.plan.actionId,
      hypothesis: decided.body.belief[0]?.hypothesis ?? null,
      before,
      after: now,
      reasons: [...denying, ...asking].map(({ id, reason }) => `${id}: ${reason}`),
    });
  }
  return { checked, changed };
};

import { RiskSchema } from '../contracts/action.ts';
import type { Risk } from '../contracts/action.ts';
import type { KnownFacts } from './facts.ts';

/** A limit and where it comes from. */
export interface Limit<T> {
  readonly value: T;
  readonly source: string;
}

type Facts = Pick<KnownFacts, 'limits' | 'workload'>;

/** What the environment says for workloads of this criticality alone. */
const ownOf = ({ limits, workload }: Facts) => limits.byCriticality[`${workload.criticality}`] ?? {};

const limit = <T>(key: string, base: T, { workload }: Facts, stricter: T | undefined): Limit<T> =>
  stricter === undefined
    ? { value: base, source: `limits.${key}` }
    : { value: stricter, source: `limits.byCriticality.${workload.criticality}.${key}` };

/** Share of healthy tasks to leave, in percent: the workload's criticality can raise it, never lower it. */
export const minHealthyPercentFor = (facts: Facts): Limit<number> => {
  const { minHealthyPercent: base } = facts.limits;
  const { minHealthyPercent: own = base } = ownOf(facts);
  return limit('minHealthyPercent', base, facts, own > base ? own : undefined);
};

/** Least probability of recovery: the workload's criticality can raise it, never lower it. */
export const confidenceFloorFor = (facts: Facts): Limit<number> => {
  const { confidenceFloor: base } = facts.limits;
  const { confidenceFloor: own = base } = ownOf(facts);
  return limit('confidenceFloor', base, facts, own > base ? own : undefined);
};

/** Risk from which a person is asked: the workload's criticality can lower it, never raise it. */
export const askFromRiskFor = (facts: Facts): Limit<Risk | null> => {
  const { askFromRisk: base } = facts.limits;
  const { askFromRisk: own = base } = ownOf(facts);
  return limit('askFromRisk', base, facts, levelOrNone(own) < levelOrNone(base) ? own : undefined);
};

/** Where nobody is asked, no risk is high enough. */
const levelOrNone = (risk: Risk | null): number => (risk === null ? Infinity : levelOfRisk(risk));

/** 0 (none) to 3 (high). */
export const levelOfRisk = (risk: Risk): number => RiskSchema.options.indexOf(risk);

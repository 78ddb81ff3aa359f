import { describePlan } from '../action/plan.ts';
import type { Candidate, Decision } from '../contracts/decision.ts';
import { SymptomSchema } from '../contracts/evidence.ts';
import { REASONS } from '../decision/reasons.ts';
import { describeSymptom, list, minutesText, percentText } from './wording.ts';

/**
 * What a decision considered, in sentences, from its record alone: the belief and what moved it, the choice with what is
 * expected of it and what stands behind that, the alternatives, what was ruled out, what the runbook says, and what would
 * have changed the choice.
 */
export const considered = (decision: Decision): string =>
  [
    relapse(decision),
    believed(decision),
    `The choice was to ${describePlan(decision.plan)}: ${decision.reason}.`,
    expected(decision),
    alternatives(decision),
    hopeful(decision),
    ruledOut(decision),
    runbook(decision),
    drawn(decision),
    wouldChange(decision),
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');

const relapse = ({ relapseOf }: Decision): string => {
  if (relapseOf == null) return '';
  const cure = relapseOf.action === null ? 'its recovery' : `its ${relapseOf.action}`;
  return `This is a relapse of ${relapseOf.incidentId}: ${cure} held for ${minutesText(relapseOf.heldMinutes)} only.`;
};

/** Observations that weigh less than this, as a factor, are not worth a word. */
const TELLING = Math.log(1.5);
const NAMED = 3;

const believed = ({ belief: [top, ...others] }: Decision): string => {
  if (top === undefined) return '';
  const rest = others.slice(0, 2).map((entry) => `${entry.hypothesis} (${percentText(entry.probability)})`);
  const next = rest.length === 0 ? '' : `, then ${list(rest)}`;
  return `The likeliest cause was ${top.hypothesis} (${percentText(top.probability)})${next}.${moved(top)}`;
};

const moved = ({ hypothesis, movedBy = [] }: Decision['belief'][number]): string => {
  const telling = movedBy.filter(({ logLikelihoodRatio }) => Math.abs(logLikelihoodRatio) >= TELLING);
  const words = (sign: 1 | -1) =>
    telling
      .filter(({ logLikelihoodRatio }) => Math.sign(logLikelihoodRatio) === sign)
      .slice(0, NAMED)
      .flatMap(({ symptom, present }) => {
        const known = SymptomSchema.safeParse(symptom);
        return known.success ? [`${present ? '' : 'no '}${describeSymptom(known.data)}`] : [];
      });
  const [pro, contra] = [words(1), words(-1)];
  const speaks = (items: readonly string[]) => (items.length > 1 ? 'speak' : 'speaks');
  return [
    pro.length === 0 ? '' : ` For ${hypothesis} ${speaks(pro)} ${list(pro)}.`,
    contra.length === 0 ? '' : ` Against it ${speaks(contra)} ${list(contra)}.`,
  ].join('');
};

const candidateFor = ({ candidates }: Decision, actionId: string): Candidate | undefined =>
  candidates.find((candidate) => candidate.actionId === actionId);

const expected = (decision: Decision): string => {
  const chosen = candidateFor(decision, decision.plan.actionId);
  if (chosen?.expectedMinutes == null || chosen.recoverProbability === null) return '';
  const { mean, low, high } = chosen.recoverProbability;
  return (
    `Expected: ${minutesText(chosen.expectedMinutes)} of user impact until it is over, and that it recovers with ` +
    `${percentText(mean)} (90 % interval ${percentText(low)} to ${percentText(high)})${behind(chosen)}.`
  );
};

/** Counts below this are a rounding of zero. */
const NOTHING = 0.05;

const behind = ({ evidence }: Candidate): string => {
  if (evidence === undefined) return '';
  const sources = [
    [evidence.own, 'seen here'],
    [evidence.pooled, 'seen in all tiers'],
    [evidence.transferred, 'handed on by the environment before'],
    [evidence.prior, 'assumed by the catalogue'],
  ] as const;
  const said = sources.flatMap(([count, where]) => (count < NOTHING ? [] : [`${Number(count.toFixed(1))} ${where}`]));
  return `; outcomes behind that: ${list(said)}`;
};

/** The three best of what was not chosen, with what they are expected to cost more. */
const alternatives = (decision: Decision): string => {
  const chosen = candidateFor(decision, decision.plan.actionId)?.expectedMinutes ?? null;
  const best = decision.candidates
    .filter(({ actionId, expectedMinutes }) => actionId !== decision.plan.actionId && expectedMinutes !== null)
    .sort((a, b) => (a.expectedMinutes ?? 0) - (b.expectedMinutes ?? 0))
    .slice(0, NAMED)
    .map(({ actionId, expectedMinutes }) => `${actionId} (${differenceText(expectedMinutes, chosen)})`);
  if (best.length === 0) return '';
  const isCheapest = decision.draw == null && decision.replay?.approved === undefined;
  return `${isCheapest ? 'It was preferred to' : 'The others:'} ${list(best)}.`;
};

/** Says why something with a lower mean was not chosen: optimism, which is less the more is known. */
const hopeful = (decision: Decision): string => {
  const chosen = candidateFor(decision, decision.plan.actionId)?.expectedMinutes ?? null;
  const isCheaper = ({ expectedMinutes }: Candidate): boolean =>
    expectedMinutes !== null && chosen !== null && expectedMinutes < chosen - NOTHING;
  return decision.reason === REASONS.leastCost && decision.candidates.some(isCheaper)
    ? 'What was seen less often has the benefit of the doubt, so the means alone did not decide.'
    : '';
};

const differenceText = (minutes: number | null, chosen: number | null): string => {
  if (minutes === null || chosen === null) return minutesText(minutes);
  const more = minutes - chosen;
  return `${minutesText(minutes)}, ${minutesText(Math.abs(more))} ${more < 0 ? 'less' : 'more'}`;
};

const ruledOut = ({ candidates, plan }: Decision): string => {
  const masked = candidates.flatMap(({ actionId, masked: reason }) =>
    reason === null || actionId === plan.actionId ? [] : [`${actionId}, because it ${asClause(reason)}`],
  );
  return masked.length === 0 ? '' : `Ruled out: ${masked.join('; ')}.`;
};

/** Masks are written as a verb or a clause; "because it ..." reads well before both. */
const asClause = (reason: string): string =>
  /^(does|was|is|would|has|starts) /.test(reason) ? reason : `could not: ${reason}`;

const runbook = (decision: Decision): string => {
  const { runbookAction, runbookHypothesis, plan, belief } = decision;
  if (runbookAction === plan.actionId) return '';
  const sentence = `The runbook would have chosen ${runbookAction}`;
  const reasons = [
    runbookHypothesis === undefined || runbookHypothesis === belief[0]?.hypothesis
      ? ''
      : `it takes ${runbookHypothesis} for the cause`,
    costsMore(decision),
  ].filter((reason) => reason !== '');
  return reasons.length === 0 ? `${sentence}.` : `${sentence}: ${list(reasons)}.`;
};

const costsMore = (decision: Decision): string => {
  const theirs = candidateFor(decision, decision.runbookAction)?.expectedMinutes;
  const ours = candidateFor(decision, decision.plan.actionId)?.expectedMinutes;
  if (theirs == null || ours == null) return '';
  const more = theirs - ours;
  return `that is expected to cost ${minutesText(Math.abs(more))} ${more < 0 ? 'less' : 'more'}${learned(decision)}`;
};

/** What stands behind a difference to the runbook that the catalogue alone may not make. */
const learned = (decision: Decision): string => {
  const counts = [decision.plan.actionId, decision.runbookAction].map((action) => ({
    action,
    own: candidateFor(decision, action)?.evidence?.own ?? 0,
  }));
  if (counts.every(({ own }) => own < 1)) return '';
  const [ours, theirs] = counts.map(({ action, own }) => `${Number(own.toFixed(1))} of ${action}`);
  return ` by what was learned (outcomes seen here: ${ours}, ${theirs})`;
};

const drawn = ({ draw, plan }: Decision): string => {
  if (draw == null) return '';
  const chance = `${percentText(draw.probability)}`;
  return `Of ${list(draw.pool)} one may be drawn here, to learn: ${plan.actionId} had a chance of ${chance}.`;
};

/** What a person chose would be chosen by that person, whatever was seen. */
const wouldChange = ({ counterfactual, failuresToChange, plan, replay }: Decision): string => {
  if (replay?.approved !== undefined) return '';
  return [
    counterfactual === null
      ? ''
      : `Without ${describeSymptom(counterfactual.symptom)} the choice would have been ${counterfactual.action}.`,
    failuresToChange == null
      ? ''
      : `After ${times(failuresToChange.failures)} of ${plan.actionId} against ${failuresToChange.hypothesis} it would be ${failuresToChange.action}.`,
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
};

const times = (count: number): string => (count === 1 ? 'one more failure' : `${count} more failures`);

import type { Episode } from './episode.ts';
import { BAD_PRIOR_GATED, BAD_PRIOR_INJECTED, LEARNER, PRETRAINED, type WorldResult } from './experiment.ts';
import type { Scenario } from './scenarios.ts';
import {
  bootstrap,
  calibration,
  calibrationError,
  meanDifference,
  relativeChange,
  slope,
  type CalibrationBin,
  type Estimate,
} from './statistics.ts';

/** Half-open range of incidents. */
export type Window = readonly [from: number, to: number];

export interface PolicyReport {
  readonly policy: string;
  readonly windows: readonly {
    readonly window: Window;
    /** Mean impact-minutes per incident. */
    readonly cost: number;
    /** Relative to the runbook: -0.1 is ten per cent cheaper. */
    readonly costChange: Estimate;
    readonly mttrChange: Estimate;
    /** Relative to the oracle. */
    readonly regret: Estimate;
  }[];
  /** Difference to the runbook, as a share of incidents. */
  readonly durableGain: Estimate;
  /** Harmful actions as a multiple of the runbook's. */
  readonly harmRatio: Estimate;
  readonly unsafe: number;
  readonly calibration: {
    readonly errorFirst100: number;
    readonly errorAfter: number;
    readonly costSlope: number;
    readonly bins: readonly CalibrationBin[];
  } | null;
  /** Mean cost of each block of 25 incidents relative to the runbook's, with its interval. */
  readonly curve: readonly { readonly incident: number; readonly change: Estimate; readonly regret: Estimate }[];
  /** Cost of the first hundred incidents relative to the runbook's. */
  readonly firstHundred: Estimate;
  /** First incident from which on the accumulated cost is certainly (95 %) below the runbook's; null if never. */
  readonly breakEven: number | null;
}

export interface ScenarioReport {
  readonly scenario: string;
  readonly why: string;
  readonly worlds: number;
  readonly incidents: number;
  readonly policies: readonly PolicyReport[];
}

const BLOCK = 25;
const RUNBOOK = 'runbook';
const ORACLE = 'oracle';

/** Totals of one figure per world. */
type Totals = (policy: string, window: Window, figure: (episode: Episode) => number) => readonly number[];

const totalsOf =
  (results: readonly WorldResult[]): Totals =>
  (policy, [from, to], figure) =>
    results.map(({ episodes }) =>
      (episodes.get(policy) ?? []).slice(from, to).reduce((sum, episode) => sum + figure(episode), 0),
    );

const costOf = ({ cost }: Episode): number => cost;
const minutesOf = ({ minutes }: Episode): number => minutes;

/** Windows of the goals; with drift, also before and after the change. */
const windowsOf = ({ driftAt, incidents }: Scenario): readonly Window[] =>
  driftAt === null
    ? [
        [0, 50],
        [50, 100],
        [100, incidents],
      ]
    : [
        [0, 50],
        [100, driftAt],
        [driftAt, driftAt + 50],
        [driftAt + 100, driftAt + 200],
        [driftAt + 300, driftAt + 400],
      ];

const blocks = (incidents: number): Window[] =>
  Array.from({ length: Math.floor(incidents / BLOCK) }, (_, block) => [block * BLOCK, (block + 1) * BLOCK] as const);

const breakEvenOf = (totals: Totals, policy: string, incidents: number): number | null => {
  const certain = blocks(incidents).map(
    ([, to]) => relativeChange(totals(policy, [0, to], costOf), totals(RUNBOOK, [0, to], costOf)).high < 0,
  );
  const lastDoubt = certain.lastIndexOf(false);
  return lastDoubt === certain.length - 1 ? null : (lastDoubt + 2) * BLOCK;
};

const calibrationOf = (results: readonly WorldResult[], policy: string): PolicyReport['calibration'] => {
  const within = (from: number, to: number) =>
    results.flatMap(({ episodes }) => (episodes.get(policy) ?? []).slice(from, to).flatMap((one) => one.predictions));
  const all = within(0, Infinity);
  if (all.length === 0) return null;
  const bins = (from: number, to: number) =>
    calibration(within(from, to).map(({ predicted, recovered }) => [predicted.recover, recovered] as const));
  return {
    errorFirst100: calibrationError(bins(0, 100)),
    errorAfter: calibrationError(bins(100, Infinity)),
    costSlope: slope(all.map(({ predicted, cost }) => [predicted.cost, cost] as const)),
    bins: bins(0, Infinity),
  };
};

const policyReport = (scenario: Scenario, results: readonly WorldResult[], policy: string): PolicyReport => {
  const totals = totalsOf(results);
  const whole: Window = [0, scenario.incidents];
  const harmful = (name: string) => totals(name, whole, (episode) => episode.harmful);
  const durable = (name: string) => totals(name, whole, ({ durable: is }) => Number(is) / scenario.incidents);
  const change = (window: Window, figure: (episode: Episode) => number, base: string) =>
    relativeChange(totals(policy, window, figure), totals(base, window, figure));
  const ratio = relativeChange(harmful(policy), harmful(RUNBOOK));
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  return {
    policy,
    windows: windowsOf(scenario).map((window) => ({
      window,
      cost: sum(totals(policy, window, costOf)) / (results.length * (window[1] - window[0])),
      costChange: change(window, costOf, RUNBOOK),
      mttrChange: change(window, minutesOf, RUNBOOK),
      regret: change(window, costOf, ORACLE),
    })),
    durableGain: meanDifference(durable(policy), durable(RUNBOOK)),
    harmRatio: { value: 1 + ratio.value, low: 1 + ratio.low, high: 1 + ratio.high },
    unsafe: sum(totals(policy, whole, ({ unsafe }) => unsafe)),
    calibration: calibrationOf(results, policy),
    curve: blocks(scenario.incidents).map((window) => ({
      incident: window[1],
      change: change(window, costOf, RUNBOOK),
      regret: change(window, costOf, ORACLE),
    })),
    firstHundred: change([0, 100], costOf, RUNBOOK),
    breakEven: breakEvenOf(totals, policy, scenario.incidents),
  };
};

/** Everything about one scenario, as it is written to JSON. */
export const scenarioReport = (scenario: Scenario, results: readonly WorldResult[]): ScenarioReport => ({
  scenario: scenario.name,
  why: scenario.why,
  worlds: results.length,
  incidents: scenario.incidents,
  policies: [...(results[0]?.episodes.keys() ?? [])].map((policy) => policyReport(scenario, results, policy)),
});

/** One goal against what was measured. */
export interface Goal {
  readonly id: string;
  readonly goal: string;
  readonly measured: string;
  readonly met: boolean;
}

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
const withInterval = ({ value, low, high }: Estimate): string =>
  `${percent(value)} [${percent(low)}, ${percent(high)}]`;

/** How far an interval may reach beyond a bound that its estimate meets. */
const TOLERANCE = 0.03;
const atMost = (estimate: Estimate, bound: number): boolean =>
  estimate.value <= bound && estimate.high <= bound + TOLERANCE;
const atLeast = (estimate: Estimate, bound: number): boolean =>
  estimate.value >= bound && estimate.low >= bound - TOLERANCE;

const goal = (id: string, text: string, estimate: Estimate, met: boolean): Goal => ({
  id,
  goal: text,
  measured: withInterval(estimate),
  met,
});

const named = (report: ScenarioReport, policy: string): PolicyReport | undefined =>
  report.policies.find((one) => one.policy === policy);

const learnerGoals = (
  learner: PolicyReport,
  label: string,
  bounds: {
    readonly cost: readonly number[];
    readonly mttr: number;
    readonly regret: number;
    readonly durable: number;
    readonly harm: number;
    readonly id: string;
  },
): Goal[] => {
  const last = learner.windows[2];
  const costs = learner.windows.flatMap(({ window: [from, to], costChange }, index) => {
    const bound = bounds.cost[index] ?? 0;
    const text = `${label}: cost ${String(from)}-${String(to)} <= ${percent(bound)} against the runbook`;
    return [goal(bounds.id, text, costChange, atMost(costChange, bound))];
  });
  if (last === undefined) return costs;
  return [
    ...costs,
    goal('R5', `${label}: MTTR <= ${percent(bounds.mttr)}`, last.mttrChange, atMost(last.mttrChange, bounds.mttr)),
    goal('R6', `${label}: regret <= ${percent(bounds.regret)}`, last.regret, atMost(last.regret, bounds.regret)),
    goal(
      'R7',
      `${label}: durable recovery >= +${percent(bounds.durable)}`,
      learner.durableGain,
      atLeast(learner.durableGain, bounds.durable),
    ),
    goal(
      'R8',
      `${label}: harmful <= ${percent(bounds.harm)} of the runbook's`,
      learner.harmRatio,
      atMost(learner.harmRatio, bounds.harm),
    ),
  ];
};

/** The goals that the base scenario decides. */
export const baseGoals = (report: ScenarioReport): Goal[] => {
  const [learner, pretrained] = [named(report, LEARNER), named(report, PRETRAINED)];
  if (learner === undefined || pretrained === undefined) return [];
  const plain = named(report, 'plain Q')?.windows[2]?.costChange;
  const gated = named(report, BAD_PRIOR_GATED)?.windows[0]?.costChange;
  const injected = named(report, BAD_PRIOR_INJECTED)?.firstHundred;
  const ece = learner.calibration;
  return [
    ...learnerGoals(learner, 'no pre-training', {
      id: 'R2',
      cost: [-0.05, -0.1, -0.12],
      mttr: -0.1,
      regret: 0.22,
      durable: 0.03,
      harm: 0.95,
    }),
    ...learnerGoals(pretrained, 'with injection', {
      id: 'R3',
      cost: [-0.12, -0.13, -0.16],
      mttr: -0.15,
      regret: 0.12,
      durable: 0.045,
      harm: 0.88,
    }),
    {
      id: 'R4',
      goal: 'break-even within 50 incidents',
      measured: String(learner.breakEven),
      met: (learner.breakEven ?? Infinity) <= 50,
    },
    ...(gated === undefined ? [] : [goal('R10', 'bad prior with gate: cost 0-50 <= +8 %', gated, atMost(gated, 0.08))]),
    ...(injected === undefined
      ? []
      : [goal('R10', 'bad prior with injection: cost 0-100 <= 0', injected, atMost(injected, 0))]),
    ...(ece === null
      ? []
      : [
          {
            id: 'R12',
            goal: 'calibration error <= .05 (0-100), <= .03 (after)',
            measured: `${ece.errorFirst100.toFixed(3)}, ${ece.errorAfter.toFixed(3)}`,
            met: ece.errorFirst100 <= 0.05 && ece.errorAfter <= 0.03,
          },
          {
            id: 'R12',
            goal: 'slope of cost over Q .85-1.15',
            measured: ece.costSlope.toFixed(2),
            met: ece.costSlope >= 0.85 && ece.costSlope <= 1.15,
          },
        ]),
    ...(plain === undefined ? [] : [goal('R16', 'plain Q-learning loses by more than 20 %', plain, plain.value > 0.2)]),
  ];
};

/** The goals that the drift scenario decides. */
export const driftGoals = (report: ScenarioReport): Goal[] => {
  const [learner, runbook] = [
    named(report, LEARNER)?.windows.at(-1)?.regret,
    named(report, RUNBOOK)?.windows.at(-1)?.regret,
  ];
  if (learner === undefined || runbook === undefined) return [];
  const ahead = runbook.value - learner.value;
  return [
    goal('R11', 'regret 300-400 incidents after a change <= 32 %', learner, atMost(learner, 0.32)),
    {
      id: 'R11',
      goal: 'and 20 points below the runbook',
      measured: `${(100 * ahead).toFixed(1)} points`,
      met: ahead >= 0.2,
    },
  ];
};

/** A scenario as a Markdown table. */
export const reportTable = (report: ScenarioReport): string => {
  const windows = report.policies[0]?.windows ?? [];
  const head = [
    'policy',
    ...windows.map(({ window }) => `cost ${window.join('-')}`),
    'regret at the end',
    'durable',
    'harmful',
    'unsafe',
    'ECE',
  ];
  const rows = report.policies.map((policy) => [
    policy.policy,
    ...policy.windows.map(({ costChange }) => withInterval(costChange)),
    withInterval(policy.windows.at(-1)?.regret ?? bootstrap(1, () => NaN)),
    `${policy.durableGain.value < 0 ? '' : '+'}${(100 * policy.durableGain.value).toFixed(1)} points`,
    `x ${policy.harmRatio.value.toFixed(2)}`,
    String(policy.unsafe),
    policy.calibration === null
      ? ''
      : `${policy.calibration.errorFirst100.toFixed(3)}, ${policy.calibration.errorAfter.toFixed(3)}`,
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    `### ${report.scenario}: ${report.why}`,
    '',
    `${String(report.worlds)} worlds of ${String(report.incidents)} incidents; cost against the runbook, 95 % interval over worlds.`,
    '',
    line(head),
    line(head.map(() => '---')),
    ...rows.map(line),
  ].join('\n');
};

export const goalTable = (goals: readonly Goal[]): string =>
  [
    '| goal | | measured | met |',
    '| --- | --- | --- | --- |',
    ...goals.map(
      ({ id, goal: text, measured, met }) => `| ${id} | ${text} | ${measured} | ${met ? 'yes' : '**no**'} |`,
    ),
  ].join('\n');

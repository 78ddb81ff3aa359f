import type { Link } from './diagnose.ts';
import type { Excess } from './excess.ts';
import type { Alarm } from './telemetry.ts';

/** What the account of a cause is written from. */
export interface ReasonFacts {
  readonly node: string;
  readonly alarm: Alarm;
  readonly share: number;
  readonly link: Link;
  readonly excess: Excess;
  /** Whether the calls were counted rather than estimated. */
  readonly counted: boolean;
  /** Extra the node adds itself, and extra the alarmed node suffers: seconds or failed calls. */
  readonly ownTotal: number;
  readonly sufferedTotal: number;
}

const seconds = (value: number): string =>
  value >= 1 ? `${value.toPrecision(3)} s` : `${(value * 1000).toPrecision(3)} ms`;

const change = ({ alarm, excess }: ReasonFacts): string => {
  const show = alarm.metric === 'latency' ? seconds : (value: number): string => `${value.toPrecision(3)} %`;
  return `${alarm.metric} ${show(excess.worst)} where ${show(excess.reference)} is usual (${Math.min(excess.sigmas, 999).toFixed(1)} spreads)`;
};

const amount = ({ alarm, ownTotal, sufferedTotal }: ReasonFacts): string =>
  alarm.metric === 'latency'
    ? `${seconds(ownTotal)} of extra waiting that no callee explains, against ${seconds(sufferedTotal)}`
    : `${ownTotal.toFixed(0)} more failed calls that no callee explains, against ${sufferedTotal.toFixed(0)}`;

const LINKS = {
  alarmed: 'It is the alarmed node itself.',
  declared: 'The alarmed node depends on it.',
  inferred: 'No edge leads to it, but it misses the same amount in the same rows as a node the alarmed one depends on.',
  async: 'The alarmed node hands work to it without waiting, so it counts a quarter.',
  none: 'No edge leads to it from the alarmed node, so it counts half.',
} as const satisfies Record<Link, string>;

/** One cause in words and numbers, for people. */
export const reasonFor = (facts: ReasonFacts): string =>
  `${facts.node}: ${change(facts)}; ${amount(facts)} at ${facts.alarm.node}: ${(facts.share * 100).toFixed(0)} % of it. ` +
  LINKS[facts.link] +
  (facts.counted ? '' : ' Its calls were not counted but estimated from its neighbours.');

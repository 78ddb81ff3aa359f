import type { Catalogue } from '../../core/learning/catalogue.ts';
import { NO_COMPLICATIONS, type Complications } from './incident.ts';
import { hashOf, randomOf } from './random.ts';
import { USUAL_SPREAD, drawWorld, tableWorld, withNovelFault, type World, type WorldSpread } from './world.ts';

/** A kind of world, and what makes its incidents hard. `why` says what was taken, where that is not the usual. */
export interface Scenario {
  readonly name: string;
  readonly why: string;
  readonly spread: WorldSpread;
  readonly complications: Complications;
  /** Share of incidents by a fault that the catalogue does not know. */
  readonly novel: number;
  /** Incident at which the world changes; null if it never does. */
  readonly driftAt: number | null;
  readonly incidents: number;
}

const scenario = (name: string, why: string, changes: Partial<Scenario> = {}): Scenario => ({
  name,
  why,
  spread: USUAL_SPREAD,
  complications: NO_COMPLICATIONS,
  novel: 0,
  driftAt: null,
  incidents: 300,
  ...changes,
});

export const scenarios: readonly Scenario[] = [
  scenario('base', 'as specified'),
  scenario('drift', 'after 200 incidents another world (weight 30, surprise .4, other mix)', {
    driftAt: 200,
    incidents: 600,
  }),
  scenario('noisy', 'symptoms say less (edge / 1.5), cures are less certain (weight 8)', {
    spread: { ...USUAL_SPREAD, cure: 8, symptomEdge: 1.5 },
  }),
  scenario('clean', 'close to the catalogue (weight 30)', { spread: { ...USUAL_SPREAD, cure: 30 } }),
  scenario('same', 'nearly the catalogue itself (weight 40, no surprise)', {
    spread: { ...USUAL_SPREAD, cure: 40, surprise: 0 },
  }),
  scenario('alien', 'half of the usual cures do not work here (weight 5)', {
    spread: { ...USUAL_SPREAD, cure: 5, surprise: 0.5 },
  }),
  scenario('cascade', 'in 30 % of incidents a failing dependency adds its symptoms', {
    complications: { ...NO_COMPLICATIONS, cascade: 0.3 },
  }),
  scenario('compound', '15 % of incidents have two faults, and both must be cured', {
    complications: { ...NO_COMPLICATIONS, compound: 0.15 },
  }),
  scenario('missing', '20 % of symptoms cannot be observed', {
    complications: { ...NO_COMPLICATIONS, missing: 0.2 },
  }),
  scenario('novel', '10 % of incidents by a fault that the catalogue does not know', { novel: 0.1 }),
];

/** The worlds that a scenario runs through: one, or with drift two. */
export interface Course {
  readonly at: (incident: number) => World;
  readonly first: World;
}

/** Draws the n-th world of a scenario. The same number gives related worlds in all scenarios. */
export const drawCourse = ({ spread, novel, driftAt }: Scenario, catalogue: Catalogue, number: number): Course => {
  const seed = hashOf(number, 101);
  const table = tableWorld(catalogue, 'prod');
  const drawn = drawWorld(table, catalogue, spread, seed);
  const first = novel > 0 ? withNovelFault(drawn, catalogue, novel, seed) : drawn;
  if (driftAt === null) return { first, at: () => first };
  const random = randomOf(seed, 5);
  const otherMix = drawWorld(table, catalogue, spread, hashOf(seed, Math.floor(random() * 1e9))).mix;
  const changed = { ...first, mix: otherMix };
  const later = drawWorld(changed, catalogue, { ...spread, cure: 30, surprise: 0.4 }, hashOf(seed, 6));
  return { first, at: (incident) => (incident < driftAt ? first : later) };
};

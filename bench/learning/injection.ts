import type { Catalogue } from '../../core/learning/catalogue.ts';
import { creditIncident } from '../../core/learning/credit.ts';
import { applyDeltas, handOn, type QTable } from '../../core/learning/evidence.ts';
import { NO_COMPLICATIONS, drawIncident, takeAction } from './incident.ts';
import { creditSteps } from './policies.ts';
import { hashOf } from './random.ts';
import type { World } from './world.ts';

/** How often an injected fault is drawn again until the masks allow the action that is to be tried. */
const DRAWS = 5;

/**
 * Labelled fault injection in a dev environment: every fault, every action, a number of times, where the masks allow it.
 *
 * @returns dev's table
 */
export const injectFaults = (world: World, catalogue: Catalogue, perCell: number, seed: number): QTable => {
  let table: QTable = new Map();
  for (let run = 0; run < perCell; run++) {
    for (let fault = 0; fault < catalogue.hypotheses.length; fault++) {
      for (const { id: action } of catalogue.actions) {
        const incident = Array.from({ length: DRAWS }, (_, draw) =>
          drawIncident(world, catalogue, {
            seed: hashOf(
              seed,
              run,
              fault,
              catalogue.actions.findIndex(({ id }) => id === action),
              draw,
            ),
            complications: NO_COMPLICATIONS,
            fault,
          }),
        ).find(({ view }) => view.allowed.includes(action));
        if (incident === undefined) continue;
        const { attempt } = takeAction(catalogue, incident, incident.faults, { action, repeats: 0 });
        const label = (catalogue.hypotheses[fault] as Catalogue['hypotheses'][number]).id;
        const { symptoms } = incident.view;
        const steps = creditSteps([attempt]);
        table = applyDeltas(table, creditIncident({ catalogue, table, symptoms, steps, label, injected: true }));
      }
    }
  }
  return table;
};

/** Weight of counts that are handed on to the next environment. */
const SHARE = 0.5;

/** What prod starts with after an injection campaign in dev. */
export const handedOn = (dev: QTable): QTable => applyDeltas(new Map(), handOn(dev, SHARE));

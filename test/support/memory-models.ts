import type { Evaluation, ModelPointer, ModelSnapshot } from '../../core/contracts/model.ts';
import { LIVE } from '../../core/contracts/model.ts';
import { FIRST_POINTER } from '../../core/model/pointer.ts';
import { frozenTable } from '../../core/model/snapshot.ts';
import { InvalidInputError } from '../../core/shared/errors.ts';
import type { DecidingModels, EvidenceStore, ModelArchive, ModelPointers } from '../../core/shared/ports.ts';

export interface MemoryModels {
  readonly archive: ModelArchive;
  readonly pointers: ModelPointers;
  readonly deciding: DecidingModels;
}

/** Versions and pointer in memory; `live` is whatever the evidence store holds. */
export const memoryModels = (evidence: EvidenceStore): MemoryModels => {
  const versions = new Map<string, ModelSnapshot>();
  const installed = new Map<string, ModelSnapshot>();
  const evaluations: Evaluation[] = [];
  let truth: ModelPointer = FIRST_POINTER;
  let published: ModelPointer = FIRST_POINTER;
  return {
    archive: {
      put: async (snapshot) => void versions.set(snapshot.version, structuredClone(snapshot)),
      get: async (version) => {
        const found = versions.get(version);
        if (found === undefined) throw new InvalidInputError(`there is no version ${version}`);
        return structuredClone(found);
      },
      versions: async () => [...versions.keys()].reverse(),
      putEvaluation: async (evaluation) => void evaluations.unshift(structuredClone(evaluation)),
      evaluations: async (version) => evaluations.filter(({ candidate }) => candidate === version),
    },
    pointers: {
      read: async () => truth,
      flip: async (next) => {
        if (next.revision !== truth.revision + 1) return 'conflict';
        truth = structuredClone(next);
        return 'flipped';
      },
      publish: async () => (published = truth),
      install: async (snapshot) => void installed.set(snapshot.version, structuredClone(snapshot)),
    },
    deciding: {
      pointer: async () => published,
      load: async (version, tier) =>
        version === LIVE ? evidence.load(tier) : frozenTable(installed.get(version)?.tables ?? {}, tier),
    },
  };
};

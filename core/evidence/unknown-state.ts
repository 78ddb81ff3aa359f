import type { WorkloadState } from '../contracts/evidence.ts';

/** A workload of which nothing is known yet: every action that needs to know tasks or revisions is thereby ruled out. */
export const UNKNOWN_STATE: WorkloadState = {
  desired: null,
  running: null,
  tasks: [],
  exits: [],
  currentRevision: null,
  stableRevision: null,
  deploymentInProgress: false,
  lastChange: null,
  deadLetters: null,
};

import { runTask } from '../task-runtime.ts';

/** Books of the company: stands alone, and nobody but its owners may touch it. */
runTask({ cpuMsPerRequest: 1.2 });

/**
 * Plain tabular Q-learning (Watkins 1989), maximising reward. It is the baseline that Decide is measured against, and
 * what the tests with known solutions are run on.
 *
 * States and actions are numbers; the table is dense. Actions that are not allowed in the next state never enter the
 * bootstrap: a masked action's value, however high, must not leak into the states before it.
 */
export interface TabularQ {
  readonly value: (state: number, action: number) => number;
  /** The allowed action of highest value; the first of equals. -1 if none is allowed. */
  readonly best: (state: number, allowed: readonly number[]) => number;
  readonly update: (transition: Transition) => void;
}

export interface Transition {
  readonly state: number;
  readonly action: number;
  readonly reward: number;
  /** The state that followed and what is allowed there; null if the episode ended. */
  readonly next: { readonly state: number; readonly allowed: readonly number[] } | null;
}

export interface TabularQOptions {
  readonly states: number;
  readonly actions: number;
  /** Learning rate for the n-th visit of a cell (n = 1 for the first), 0 to 1. */
  readonly learningRate: (visits: number) => number;
  /** 0 to 1. */
  readonly discount: number;
  /** Value of a cell that was never visited; 0 by default. */
  readonly initial?: (state: number, action: number) => number;
}

/** Creates an empty table. */
export const createTabularQ = (options: TabularQOptions): TabularQ => {
  const { states, actions, learningRate, discount, initial } = options;
  const values = new Float64Array(states * actions);
  const visits = new Uint32Array(states * actions);
  if (initial !== undefined) {
    for (let cell = 0; cell < values.length; cell++) values[cell] = initial(Math.floor(cell / actions), cell % actions);
  }

  const value = (state: number, action: number): number => values[state * actions + action] ?? 0;
  const best = (state: number, allowed: readonly number[]): number => {
    let chosen = -1;
    let highest = 0;
    for (const action of allowed) {
      const candidate = value(state, action);
      if (chosen >= 0 && candidate <= highest) continue;
      chosen = action;
      highest = candidate;
    }
    return chosen;
  };

  return {
    value,
    best,
    update: ({ state, action, reward, next }) => {
      const cell = state * actions + action;
      const following = next === null ? -1 : best(next.state, next.allowed);
      const target = reward + (next === null || following < 0 ? 0 : discount * value(next.state, following));
      const count = (visits[cell] ?? 0) + 1;
      visits[cell] = count;
      values[cell] = (values[cell] ?? 0) + learningRate(count) * (target - (values[cell] ?? 0));
    },
  };
};

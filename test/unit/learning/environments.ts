/**
 * Four small environments with known optima, re-implemented from the rules of Gymnasium's `toy_text` (MIT), and their
 * exact solution by value iteration: what the Q-learner is checked against.
 */

// Looked up once: in jest's sandbox each access to a global is slow, and these loops run some million times.
const { abs, floor, max, min } = Math;

export interface Branch {
  readonly probability: number;
  readonly next: number;
  readonly reward: number;
  readonly done: boolean;
}

export interface Environment {
  readonly states: number;
  readonly actions: number;
  readonly starts: readonly number[];
  readonly branches: (state: number, action: number) => readonly Branch[];
}

/** The same environment with its rules written out once. */
const tabulated = (environment: Environment): Environment => {
  const { states, actions } = environment;
  const table = Array.from({ length: states * actions }, (_, cell) =>
    environment.branches(floor(cell / actions), cell % actions),
  );
  return { ...environment, branches: (state, action) => table[state * actions + action] ?? [] };
};

/** LEFT, DOWN, RIGHT, UP. */
const ICE_MOVES = [
  [0, -1],
  [1, 0],
  [0, 1],
  [-1, 0],
] as const;

/** Slippery: the intended direction or one of the two at right angles, a third each. */
export const frozenLake = (map: readonly string[]): Environment => {
  const size = map.length;
  const tile = (state: number) => map[floor(state / size)]?.[state % size];
  const slide = (state: number, direction: number): number => {
    const [down, right] = ICE_MOVES[direction] ?? [0, 0];
    const row = min(max(floor(state / size) + down, 0), size - 1);
    const column = min(max((state % size) + right, 0), size - 1);
    return row * size + column;
  };
  return tabulated({
    states: size * size,
    actions: 4,
    starts: [0],
    branches: (state, action) =>
      [(action + 3) % 4, action, (action + 1) % 4].map((direction) => {
        const next = slide(state, direction);
        return { probability: 1 / 3, next, reward: tile(next) === 'G' ? 1 : 0, done: 'GH'.includes(tile(next) ?? '') };
      }),
  });
};

export const LAKE_4 = ['SFFF', 'FHFH', 'FFFH', 'HFFG'];
export const LAKE_8 = ['SFFFFFFF', 'FFFFFFFF', 'FFFHFFFF', 'FFFFFHFF', 'FFFHFFFF', 'FHHFFFHF', 'FHFFHFHF', 'FFFHFFFG'];

/** 4 x 12; UP, RIGHT, DOWN, LEFT; the cliff costs 100 and leads back to the start. */
export const cliffWalking = (): Environment => {
  const [rows, columns, start, goal] = [4, 12, 36, 47];
  const moves = [
    [-1, 0],
    [0, 1],
    [1, 0],
    [0, -1],
  ] as const;
  return tabulated({
    states: rows * columns,
    actions: 4,
    starts: [start],
    branches: (state, action) => {
      const [down, right] = moves[action] ?? [0, 0];
      const row = min(max(floor(state / columns) + down, 0), rows - 1);
      const column = min(max((state % columns) + right, 0), columns - 1);
      const next = row * columns + column;
      const fell = next > start && next < goal;
      return [{ probability: 1, next: fell ? start : next, reward: fell ? -100 : -1, done: next === goal }];
    },
  });
};

const TAXI_MAP = ['|R: | : :G|', '| : | : : |', '| : : : : |', '| | : | : |', '|Y| : |B: |'];
const STANDS = [
  [0, 0],
  [0, 4],
  [4, 0],
  [4, 3],
] as const;
const IN_TAXI = 4;

/** ((row * 5 + column) * 5 + passenger) * 4 + destination; south, north, east, west, pick up, drop off. */
export const taxi = (): Environment => {
  const encode = (row: number, column: number, passenger: number, destination: number) =>
    ((row * 5 + column) * 5 + passenger) * 4 + destination;
  const all = Array.from({ length: 500 }, (_, state) => state);
  const decode = (state: number) => ({
    row: floor(state / 100),
    column: floor(state / 20) % 5,
    passenger: floor(state / 4) % 5,
    destination: state % 4,
  });
  const step = (state: number, action: number): Branch => {
    const { row, column, passenger, destination } = decode(state);
    const to = (r: number, c: number, p: number, reward: number, done = false): Branch => ({
      probability: 1,
      next: encode(r, c, p, destination),
      reward,
      done,
    });
    const stand = STANDS.findIndex(([r, c]) => r === row && c === column);
    // A wall stands between two columns where the map has a bar instead of a colon.
    const isOpen = (bar: number) => TAXI_MAP[row]?.[bar] === ':';
    switch (action) {
      case 0:
        return to(min(row + 1, 4), column, passenger, -1);
      case 1:
        return to(max(row - 1, 0), column, passenger, -1);
      case 2:
        return to(row, isOpen(2 * column + 2) ? column + 1 : column, passenger, -1);
      case 3:
        return to(row, isOpen(2 * column) ? column - 1 : column, passenger, -1);
      case 4:
        return passenger < IN_TAXI && stand === passenger
          ? to(row, column, IN_TAXI, -1)
          : to(row, column, passenger, -10);
      default:
        if (passenger !== IN_TAXI || stand < 0) return to(row, column, passenger, -10);
        return stand === destination ? to(row, column, stand, 20, true) : to(row, column, stand, -1);
    }
  };
  return tabulated({
    states: 500,
    actions: 6,
    starts: all.filter((state) => {
      const { passenger, destination } = decode(state);
      return passenger < IN_TAXI && passenger !== destination;
    }),
    branches: (state, action) => [step(state, action)],
  });
};

const backup = (
  environment: Environment,
  values: Float64Array,
  discount: number,
  state: number,
  action: number,
): number => {
  let sum = 0;
  for (const { probability, next, reward, done } of environment.branches(state, action)) {
    sum += probability * (reward + (done ? 0 : discount * (values[next] ?? 0)));
  }
  return sum;
};

/** Sweeps over some states until nothing changes by more than 1e-12; 20,000 times at most. */
const iterate = (size: number, states: readonly number[], update: (values: Float64Array, state: number) => number) => {
  const values = new Float64Array(size);
  for (let sweep = 0; sweep < 20_000; sweep++) {
    let change = 0;
    for (const state of states) {
      const value = update(values, state);
      change = max(change, abs(value - (values[state] ?? 0)));
      values[state] = value;
    }
    if (change < 1e-12) break;
  }
  return values;
};

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

/** V*: value iteration. Tiles that end an episode are never left, so what is computed for them is never used. */
export const optimalValues = (environment: Environment, discount: number): Float64Array => {
  const actions = range(environment.actions);
  return iterate(environment.states, range(environment.states), (values, state) => {
    let best = backup(environment, values, discount, state, 0);
    for (const action of actions) best = max(best, backup(environment, values, discount, state, action));
    return best;
  });
};

/** Value of a fixed policy in the states that it can come to; capped, so that one that never arrives is merely very bad. */
export const policyValues = (
  environment: Environment,
  discount: number,
  policy: (state: number) => number,
): Float64Array => {
  const reached = new Set(environment.starts);
  for (const state of reached) {
    for (const { next, done } of environment.branches(state, policy(state))) if (!done) reached.add(next);
  }
  return iterate(environment.states, [...reached], (values, state) =>
    max(backup(environment, values, discount, state, policy(state)), -1e4),
  );
};

/** P(goal within a number of steps) of a policy on the lake: what Gymnasium calls its mean reward. */
export const successWithin = (environment: Environment, steps: number, policy: (state: number) => number): number => {
  let mass = new Float64Array(environment.states);
  for (const start of environment.starts) mass[start] = 1 / environment.starts.length;
  let success = 0;
  for (let step = 0; step < steps; step++) {
    const next = new Float64Array(environment.states);
    mass.forEach((share, state) => {
      if (share === 0) return;
      for (const branch of environment.branches(state, policy(state))) {
        success += share * branch.probability * branch.reward;
        if (!branch.done) next[branch.next] = (next[branch.next] ?? 0) + share * branch.probability;
      }
    });
    mass = next;
  }
  return success;
};

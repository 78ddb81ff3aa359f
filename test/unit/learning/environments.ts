/**
 * Four small environments with known optima, re-implemented from the rules of Gymnasium's `toy_text` (MIT), and their
 * exact solution by value iteration: what the Q-learner is checked against.
 */
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
  const tile = (state: number) => map[Math.floor(state / size)]?.[state % size];
  const slide = (state: number, direction: number): number => {
    const [down, right] = ICE_MOVES[direction] ?? [0, 0];
    const row = Math.min(Math.max(Math.floor(state / size) + down, 0), size - 1);
    const column = Math.min(Math.max((state % size) + right, 0), size - 1);
    return row * size + column;
  };
  return {
    states: size * size,
    actions: 4,
    starts: [0],
    branches: (state, action) =>
      [(action + 3) % 4, action, (action + 1) % 4].map((direction) => {
        const next = slide(state, direction);
        return { probability: 1 / 3, next, reward: tile(next) === 'G' ? 1 : 0, done: 'GH'.includes(tile(next) ?? '') };
      }),
  };
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
  return {
    states: rows * columns,
    actions: 4,
    starts: [start],
    branches: (state, action) => {
      const [down, right] = moves[action] ?? [0, 0];
      const row = Math.min(Math.max(Math.floor(state / columns) + down, 0), rows - 1);
      const column = Math.min(Math.max((state % columns) + right, 0), columns - 1);
      const next = row * columns + column;
      const fell = next > start && next < goal;
      return [{ probability: 1, next: fell ? start : next, reward: fell ? -100 : -1, done: next === goal }];
    },
  };
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
    row: Math.floor(state / 100),
    column: Math.floor(state / 20) % 5,
    passenger: Math.floor(state / 4) % 5,
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
        return to(Math.min(row + 1, 4), column, passenger, -1);
      case 1:
        return to(Math.max(row - 1, 0), column, passenger, -1);
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
  return {
    states: 500,
    actions: 6,
    starts: all.filter((state) => {
      const { passenger, destination } = decode(state);
      return passenger < IN_TAXI && passenger !== destination;
    }),
    branches: (state, action) => [step(state, action)],
  };
};

const backup = (
  environment: Environment,
  values: Float64Array,
  discount: number,
  state: number,
  action: number,
): number =>
  environment
    .branches(state, action)
    .reduce(
      (sum, { probability, next, reward, done }) =>
        sum + probability * (reward + (done ? 0 : discount * (values[next] ?? 0))),
      0,
    );

/** Sweeps until nothing changes by more than 1e-12. States from which a terminal one was never entered stay at 0. */
const iterate = (environment: Environment, update: (values: Float64Array, state: number) => number): Float64Array => {
  const values = new Float64Array(environment.states);
  for (let sweep = 0; sweep < 20_000; sweep++) {
    let change = 0;
    for (let state = 0; state < environment.states; state++) {
      const value = update(values, state);
      change = Math.max(change, Math.abs(value - (values[state] ?? 0)));
      values[state] = value;
    }
    if (change < 1e-12) break;
  }
  return values;
};

const actionsOf = (environment: Environment): number[] => Array.from({ length: environment.actions }, (_, a) => a);

/** V*: value iteration. Tiles that end an episode are never left, so what is computed for them is never used. */
export const optimalValues = (environment: Environment, discount: number): Float64Array => {
  const actions = actionsOf(environment);
  return iterate(environment, (values, state) =>
    Math.max(...actions.map((action) => backup(environment, values, discount, state, action))),
  );
};

/** Value of a fixed policy, by the same sweeps; capped, so that a policy that never arrives is merely very bad. */
export const policyValues = (
  environment: Environment,
  discount: number,
  policy: (state: number) => number,
): Float64Array =>
  iterate(environment, (values, state) => Math.max(backup(environment, values, discount, state, policy(state)), -1e4));

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

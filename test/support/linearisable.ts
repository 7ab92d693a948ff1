/** One call of something shared: when it began and when it had ended, on one clock, and what came of it. */
export interface Call<Name extends string> {
  readonly name: Name;
  readonly began: number;
  readonly ended: number;
  readonly answer: number | null;
}

/** What the state is after a call that gave this answer; null where one in that state could not have given it. */
export type Step<State, Name extends string> = (state: State, call: Call<Name>) => State | null;

/**
 * The states that calls can have left behind, had they come one by one in some order in which none comes before one that had ended when it
 * began; none where there is no such order (Herlihy and Wing, 1990).
 */
export function endStates<State, Name extends string>(calls: readonly Call<Name>[], start: State, step: Step<State, Name>): Set<State> {
  const ends = new Set<State>();
  const tried = new Set<string>();
  const search = (state: State, left: readonly Call<Name>[]): void => {
    if (left.length === 0) ends.add(state);
    const key = JSON.stringify([state, left.map((call) => calls.indexOf(call))]);
    if (left.length === 0 || tried.has(key)) return;
    tried.add(key);
    const firstEnd = Math.min(...left.map(({ ended }) => ended));
    const next = left.flatMap((call) => {
      const to = call.began <= firstEnd ? step(state, call) : null;
      return to === null ? [] : [{ call, to }];
    });
    // One that changes nothing is in nobody's way: it can come at once.
    const idle = next.find(({ to }) => to === state);
    for (const { call, to } of idle === undefined ? next : [idle]) {
      search(
        to,
        left.filter((other) => other !== call),
      );
    }
  };
  search(start, calls);
  return ends;
}

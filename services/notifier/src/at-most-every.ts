export interface Paced {
  /** At once where the pause is over; else once when it is, however often it was asked for meanwhile. */
  (): void;
  stop(): void;
}

/** Does something at once and then at most every `pauseMs`, never forgetting the last wish: for work that looks at everything. */
export function atMostEvery(pauseMs: number, act: () => void): Paced {
  let timer: NodeJS.Timeout | undefined;
  let wanted = false;
  const rest = (): void => {
    timer = setTimeout(() => {
      timer = undefined;
      if (!wanted) return;
      wanted = false;
      rest();
      act();
    }, pauseMs);
  };
  const ask = (): void => {
    if (timer !== undefined) {
      wanted = true;
      return;
    }
    rest();
    act();
  };
  return Object.assign(ask, {
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
      wanted = false;
    },
  });
}

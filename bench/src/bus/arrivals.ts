import { DrError } from '@novacron/contracts';

export interface Arrivals {
  readonly all: Promise<void>;
  one(): void;
}

/** How long nothing may arrive before a measurement is given up, milliseconds. */
const patienceMs = 30_000;

/** Waits for so many events. @throws DrError TIMEOUT when they stop coming: what is missing cannot be measured. */
export function eventsArrive(expected: number): Arrivals {
  let resolve = (): void => {};
  let reject = (_reason: Error): void => {};
  const all = new Promise<void>((resolveAll, rejectAll) => {
    [resolve, reject] = [resolveAll, rejectAll];
  });
  let arrived = 0;
  let seen = 0;
  const watch = setInterval(() => {
    if (arrived === seen) {
      clearInterval(watch);
      reject(new DrError('TIMEOUT', `only ${arrived} of ${expected} events arrived`));
    }
    seen = arrived;
  }, patienceMs);
  return {
    all,
    one: () => {
      arrived += 1;
      if (arrived < expected) return;
      clearInterval(watch);
      resolve();
    },
  };
}

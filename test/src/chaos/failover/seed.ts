const dayMs = 86_400_000;

/** Rotates what a short run takes, by the day unless `DR_CHAOS_SEED` says otherwise: printed, so that a run can be repeated. */
export const seed = seedFrom(process.env['DR_CHAOS_SEED'], Date.now());

function seedFrom(given: string | undefined, nowMs: number): number {
  const number = Number(given);
  return given !== undefined && Number.isSafeInteger(number) && number >= 0 ? number : Math.floor(nowMs / dayMs);
}

/** One of them by the seed, another one with each. */
export function oneOf<T>(all: readonly T[], number: number): T[] {
  const found = all[(number * 7919) % all.length];
  return found === undefined ? [] : [found];
}

/** All cases, one after the other in one estate: `npm run chaos`. */
export const whole = process.env['DR_CHAOS'] === 'whole';

import { durationMs, type FailoverMode, type SmokeTest } from '@novacron/contracts';

/**
 * Which smoke tests are tried when: before the first write in a planned move all that do not write, in an unplanned failover those
 * that ask the database, as customers wait and nothing else is switched yet; the others after it.
 */
export function smokePlan(
  tests: readonly SmokeTest[],
  mode: FailoverMode,
): { readonly before: readonly SmokeTest[]; readonly after: readonly SmokeTest[] } {
  const isBefore = ({ kind, writes }: SmokeTest): boolean => writes !== true && (mode === 'planned' || kind === 'sql');
  return { before: tests.filter(isBefore), after: tests.filter((test) => !isBefore(test)) };
}

/** What a plan says of them: the estate's own checks may do something too. */
export function smokeWords(tests: readonly SmokeTest[]): string[] {
  return tests.map(
    ({ name, kind, writes }) => `smoke test ${name} is run (${kind}${writes === true ? ', writes' : ''})`,
  );
}

const defaultTimeoutMs = { sql: 5_000, http: 10_000, command: 10_000 } as const;

/** How long a smoke test is tried. */
export function smokeTimeoutMs({ kind, timeout }: SmokeTest): number {
  return timeout === undefined ? defaultTimeoutMs[kind] : durationMs(timeout);
}

/** What all of them together take at most: they are tried at once. */
export function smokeBudgetMs(tests: readonly SmokeTest[] = []): number {
  return Math.max(0, ...tests.map(smokeTimeoutMs));
}

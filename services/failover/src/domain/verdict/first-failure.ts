import type { CheckEvidence } from '@novacron/contracts';

/** When the first of the failures that still last was seen, milliseconds of the epoch; undefined when nothing has failed. */
export function firstFailureMs(evidence: readonly CheckEvidence[], paceMs: number): number | undefined {
  const begun = evidence
    .filter(({ state }) => state === 'failed')
    .map(
      ({ observedAt, consecutiveFailures }) => Date.parse(observedAt) - Math.max(0, consecutiveFailures - 1) * paceMs,
    );
  return begun.length === 0 ? undefined : Math.min(...begun);
}

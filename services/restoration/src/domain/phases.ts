/** The five phases of a restoration, and the steps that each is made of. */
export const phases = [
  {
    phase: 'assessment',
    title: 'look at the home site and at what became of it',
    steps: ['evaluate-primary', 'assess-damage', 'inventory-resources', 'review-performance'],
  },
  { phase: 'preparation', title: 'make the home site ready', steps: ['stop-home', 'prepare-databases'] },
  {
    phase: 'synchronization',
    title: 'bring the home site to the active data',
    steps: ['synchronize', 'synchronize-caches', 'verify-integrity'],
  },
  {
    phase: 'service-restoration',
    title: 'make the home site able to serve',
    steps: ['protect-commits', 'test-health', 'validate-integrations'],
  },
  {
    phase: 'cutback',
    title: 'move service home and watch it',
    steps: ['switch-traffic', 'monitor', 'validate-access'],
  },
] as const;

export type PhaseName = (typeof phases)[number]['phase'];

export interface Phase {
  readonly phase: PhaseName;
  readonly title: string;
  readonly steps: readonly string[];
}

/** The phase a step belongs to. */
export function phaseOf(step: string): { readonly index: number; readonly phase: Phase } | undefined {
  const list: readonly Phase[] = phases;
  const index = list.findIndex(({ steps }) => steps.includes(step));
  const phase = list[index];
  return phase === undefined ? undefined : { index, phase };
}

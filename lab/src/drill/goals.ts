import { durationMs, type Estate } from '@novacron/contracts';
import type { Findings } from './findings.js';

/** One figure of a drill beside what it should be. */
export interface Figure {
  readonly name: string;
  readonly value: number | undefined;
  readonly unit: 'ms' | 'rows';
  readonly goal: number;
}

/** What the lab is expected to do on two cores at its probe interval of a second (README). */
export function figuresOf(findings: Findings, drillMs: number): Figure[] {
  const { outage, decidedAt, lostRows } = findings;
  return [
    {
      name: 'writes away (last acknowledged before → first after the kill)',
      value: outage && outage.firstAfterAt - outage.lastBeforeAt,
      unit: 'ms',
      goal: 6_000,
    },
    {
      name: 'decision → first acknowledged write',
      value: outage && decidedAt && outage.firstAfterAt - decidedAt,
      unit: 'ms',
      goal: 2_000,
    },
    { name: 'acknowledged rows lost', value: lostRows, unit: 'rows', goal: 0 },
    { name: 'whole drill, once set up', value: drillMs, unit: 'ms', goal: 120_000 },
  ];
}

export function isMet({ value, goal }: Figure): boolean {
  return value !== undefined && value <= goal;
}

/** The strictest promise of the estate: its most critical tier's, or the overall one. */
export function promised(estate: Estate, objective: 'rto' | 'rpo'): number {
  const tiers = estate.objectives.tiers.map((tier) => durationMs(tier[objective]));
  return Math.min(durationMs(estate.objectives.overall[objective]), ...tiers);
}

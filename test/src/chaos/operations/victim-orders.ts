import type { TwelveStepsParams } from './twelve-steps.js';

/** The shortest there is, so that a takeover does not make the tests long. */
export const leaseTtlMs = 1_000;

/** What a victim is told, as JSON in `DR_VICTIM`. */
export interface VictimOrders {
  readonly url: string;
  readonly estate: string;
  readonly service: string;
  readonly operationId: string;
  readonly params: TwelveStepsParams;
  /** Kills itself with SIGKILL before sending, or right after the acknowledgement of, its nth journal record. */
  readonly dieAt?: { readonly when: 'before' | 'after'; readonly record: number };
}

import { ContractRegistry } from '@novacron/bus';
import { contractOf, type EventContract, VantageLost } from '@novacron/contracts';

export const estate = 'chaos';
export const chaosRegistry = new ContractRegistry([contractOf(VantageLost) as EventContract], []);

/** How the process that handles events fares. */
export interface EaterReport {
  readonly handled: number;
  readonly distinct: number;
  /** After a collection. */
  readonly heapBytes: number;
  /** Timers, sockets and requests that it holds. */
  readonly resources: number;
  /** Whether a message has reached the prototype of all objects. */
  readonly polluted: boolean;
}

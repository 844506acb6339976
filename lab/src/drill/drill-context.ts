import type { Bus } from '@novacron/bus';
import type { Estate } from '@novacron/contracts';
import type { LoadClient } from '../app/load-client.js';
import type { Lab } from '../lab.js';
import type { EventLog } from './event-log.js';
import type { Findings } from './findings.js';
import type { PrimariesWatch } from './primaries-watch.js';

/** What the phases of a drill share: the lab, the bus, witnesses of their own, and what was found so far. */
export interface DrillContext {
  readonly lab: Lab;
  readonly estate: Estate;
  readonly bus: Bus;
  readonly events: EventLog;
  readonly load: LoadClient;
  readonly primaries: PrimariesWatch;
  readonly findings: Findings;
}

/** One phase: returns what it saw in a sentence, throws when what it looks for did not happen. */
export interface DrillPhase {
  readonly name: string;
  readonly title: string;
  run(context: DrillContext): Promise<string>;
}

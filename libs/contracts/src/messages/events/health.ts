import { Count, Fraction, ListOf, Name, Names, NonEmptyText, OneOf, Optional, Text, Time } from '../fields.js';
import { type Fields, Message } from '../message.js';

export const checkStates = ['ok', 'degraded', 'failed', 'unknown'] as const;
/** `unknown`: the observer could not see; never taken for `failed` (DESIGN §7). */
export type CheckState = (typeof checkStates)[number];

/** What one vantage says of one check, as evidence in a verdict. */
export class CheckEvidence extends Message {
  @Name() vantage!: string;
  @Name() check!: string;
  @OneOf(checkStates) state!: CheckState;
  /** Failures in a row, up to and with the last sample. */
  @Count() consecutiveFailures!: number;
  @Time() observedAt!: string;
  @Optional() @Count() latencyMs?: number;
  @Optional() @Text(500) problem?: string;
}

abstract class SiteHealth extends Message {
  @Name() site!: string;
  /** Counts from 1, for ever: one episode from the first trouble to recovery. */
  @Count() episode!: number;
  @Time() since!: string;
  @NonEmptyText() reason!: string;
  @ListOf(() => CheckEvidence) evidence!: CheckEvidence[];
}

/** Part of a site does not work, or works slowly, in the eyes of a majority of the vantages that can see. */
export class HealthDegraded extends SiteHealth {
  /** The checks that are degraded or failed. */
  @Names() checks!: string[];

  constructor(fields: Fields<HealthDegraded>) {
    super(fields);
  }
}

export class HealthRecovered extends SiteHealth {
  @Count() durationMs!: number;

  constructor(fields: Fields<HealthRecovered>) {
    super(fields);
  }
}

/** A strict majority of the vantages that can see find the site's vital checks failed, as often in a row as the rule asks. */
export class SiteLost extends SiteHealth {
  @Names() failedChecks!: string[];
  @Count() vantagesAgreeing!: number;
  @Count() vantagesSeeing!: number;
  @Fraction() confidence!: number;

  constructor(fields: Fields<SiteLost>) {
    super(fields);
  }
}

/** A vantage has gone silent or cannot reach its own witness: what it says no longer counts. */
export class VantageLost extends Message {
  @Name() vantage!: string;
  @Time() since!: string;
  @NonEmptyText() reason!: string;

  constructor(fields: Fields<VantageLost>) {
    super(fields);
  }
}

/** One health sample: short-lived, on `dr.<estate>.observation.…`, not an event. */
export class Observation extends Message {
  @Name() vantage!: string;
  @Name() site!: string;
  @Name() check!: string;
  @Name() kind!: string;
  @OneOf(checkStates) state!: CheckState;
  @Count() consecutiveFailures!: number;
  @Count() latencyMs!: number;
  @Time() observedAt!: string;
  @Optional() @Text(500) problem?: string;

  constructor(fields: Fields<Observation>) {
    super(fields);
  }
}

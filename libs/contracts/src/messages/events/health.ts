import {
  Amount,
  Count,
  Fraction,
  ListOf,
  Name,
  Names,
  Nested,
  NonEmptyText,
  OneOf,
  Optional,
  Text,
  Time,
} from '../fields.js';
import { type Fields, Message } from '../message.js';

export const checkStates = ['ok', 'degraded', 'failed', 'unknown'] as const;
/** `unknown`: the observer could not see; never taken for `failed` (DESIGN §7). */
export type CheckState = (typeof checkStates)[number];

/** Where the time of a look went, in milliseconds; absent what the look did not need. */
export class PhaseTimings extends Message {
  @Optional() @Amount() resolveMs?: number;
  @Optional() @Amount() connectMs?: number;
  @Optional() @Amount() tlsMs?: number;
  /** From the request sent to the first byte of the answer. */
  @Optional() @Amount() firstByteMs?: number;
}

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
  /** Where the time went, where the check tells it. */
  @Optional() @Nested(() => PhaseTimings) timings?: PhaseTimings;
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

/** What a vantage last said of a check before it was lost. */
export class LastWord extends Message {
  @Name() site!: string;
  @Name() check!: string;
  @OneOf(checkStates) state!: CheckState;
  @Time() observedAt!: string;
  @Optional() @Text(500) problem?: string;
}

/** A vantage has gone silent or cannot reach its own witness: what it says no longer counts. */
export class VantageLost extends Message {
  @Name() vantage!: string;
  @Time() since!: string;
  @NonEmptyText() reason!: string;
  /** By the clock of whoever gives the verdict; absent when it was never heard. */
  @Optional() @Time() lastHeardAt?: string;
  /** Newest first, at most twenty. */
  @Optional() @ListOf(() => LastWord) lastWords?: LastWord[];

  constructor(fields: Fields<VantageLost>) {
    super(fields);
  }
}

/** One health sample: short-lived, on `dr.<estate>.observation.<vantage>.<site>.<check>`, not an event. */
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
  @Optional() @Nested(() => PhaseTimings) timings?: PhaseTimings;

  constructor(fields: Fields<Observation>) {
    super(fields);
  }
}

/** A sample that says what the one before it said. */
export class SteadySample extends Message {
  @Name() check!: string;
  @OneOf(checkStates) state!: CheckState;
  @Count() consecutiveFailures!: number;
  @Count() latencyMs!: number;
  /** How long before the message was sent the look began. */
  @Count() agoMs!: number;
  @Optional() @Text(500) problem?: string;
  @Optional() @Nested(() => PhaseTimings) timings?: PhaseTimings;
}

/** The samples of one vantage and site that are no news, together: on `dr.<estate>.observation.<vantage>.<site>._steady`. */
export class SteadyObservations extends Message {
  @Name() vantage!: string;
  @Name() site!: string;
  @Time() sentAt!: string;
  @ListOf(() => SteadySample) samples!: SteadySample[];

  constructor(fields: Fields<SteadyObservations>) {
    super(fields);
  }
}

/** A sign of life of one process of a vantage: on `dr.<estate>.observation.<vantage>._replicas.<replica>`. */
export class ReplicaPresence extends Message {
  @Name() vantage!: string;
  @Name() replica!: string;
  /** `joining` listens and takes no check yet; `blind` cannot reach its witness; `leaving` has stopped. */
  @OneOf(['joining', 'looking', 'blind', 'leaving']) state!: 'joining' | 'looking' | 'blind' | 'leaving';
  @Time() sentAt!: string;

  constructor(fields: Fields<ReplicaPresence>) {
    super(fields);
  }
}

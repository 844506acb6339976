import {
  Count,
  Data,
  Flag,
  Fraction,
  ListOf,
  Name,
  Names,
  Nested,
  NonEmptyText,
  OneOf,
  Optional,
  Text,
  Texts,
  Time,
} from '../fields.js';
import { type Fields, Message } from '../message.js';

export const fenceLevels = ['L0', 'L1', 'L2', 'L3', 'L4'] as const;
/**
 * How surely the old primary cannot take writes: L0 lease self-fence, L1 commits cannot be acknowledged, L2 no route leads
 * to it, L3 switched off by a path of its own and read back; L4 is none confirmed, where only a human may accept the risk.
 */
export type FenceLevel = (typeof fenceLevels)[number];

/** What a verdict rests on: one fact, where it comes from, and how old it is. */
export class DecisionEvidence extends Message {
  @NonEmptyText(200) fact!: string;
  @NonEmptyText(200) source!: string;
  @Time() observedAt!: string;
}

/**
 * What follows from a verdict: `act` moves service, `ask` waits for a human, `wait` looks again by itself, `recover` asks for a
 * recovery to a point in time in place of a replica, `none` leaves everything where it is.
 */
export const verdictActions = ['act', 'ask', 'wait', 'recover', 'none'] as const;
export type VerdictAction = (typeof verdictActions)[number];

/** The services of one tier that a loss reaches. */
export class AffectedTier extends Message {
  @Count() tier!: number;
  @NonEmptyText(100) name!: string;
  @Names() services!: string[];
}

/** The engine's verdict, "no" too, in words that can be believed at three in the morning. */
export class FailoverDecided extends Message {
  @Name() site!: string;
  @Flag() shouldFailover!: boolean;
  @NonEmptyText() reason!: string;
  @Fraction() confidence!: number;
  @Optional() @Name() targetSite?: string;
  @Names() services!: string[];
  @ListOf(() => DecisionEvidence) evidence!: DecisionEvidence[];
  @Optional() @Name() operationId?: string;
  @Optional() @Name() rule?: string;
  @Optional() @OneOf(verdictActions) action?: VerdictAction;
  /** The reason as one stable word, for programs. */
  @Optional() @Name() code?: string;
  @Optional() @ListOf(() => AffectedTier) tiers?: AffectedTier[];
  /** What would be lost by promoting the target now, as far as anybody can tell before it is done. */
  @Optional() @Count() estimatedLostRows?: number;
  @Optional() @Count() estimatedLostBytes?: number;
  @Optional() @Count() estimatedLossMs?: number;

  constructor(fields: Fields<FailoverDecided>) {
    super(fields);
  }
}

/** A human must say yes: the reply is `command.failover.approve`. */
export class FailoverApprovalRequested extends Message {
  @Name() operationId!: string;
  @NonEmptyText() reason!: string;
  @Time() expiresAt!: string;
  @Count() approvalsNeeded!: number;
  @Optional() @Count() estimatedLostRows?: number;
  @Optional() @Count() estimatedLossMs?: number;
  @Optional() @Count() estimatedLostBytes?: number;
  @Optional() @Name() site?: string;
  @Optional() @Name() targetSite?: string;
  /** What to type to say yes, and to say no. */
  @Optional() @Texts(10) commands?: string[];

  constructor(fields: Fields<FailoverApprovalRequested>) {
    super(fields);
  }
}

/** One step of the runbook is done and was verified. */
export class FailoverStepDone extends Message {
  @Name() operationId!: string;
  @Name() step!: string;
  @NonEmptyText(300) title!: string;
  @Count() index!: number;
  @Count() steps!: number;
  @Count() durationMs!: number;
  @Count() attempt!: number;
  @Optional() @Data() result?: Record<string, unknown>;

  constructor(fields: Fields<FailoverStepDone>) {
    super(fields);
  }
}

/** A human went on without a step that had failed: nobody has seen its effect. */
export class FailoverStepSkipped extends Message {
  @Name() operationId!: string;
  @Name() step!: string;
  @NonEmptyText(300) title!: string;
  @NonEmptyText(200) by!: string;
  @NonEmptyText(1000) reason!: string;

  constructor(fields: Fields<FailoverStepSkipped>) {
    super(fields);
  }
}

/** Automatic failover is paused: said at its beginning, after half of its time and shortly before its end. */
export class FailoverPaused extends Message {
  @NonEmptyText(200) owner!: string;
  @NonEmptyText(1000) reason!: string;
  @Time() until!: string;
  @Count() remainingMs!: number;
  /** 0 for the pause itself, then one more with each time that it is brought to mind. */
  @Count() reminder!: number;

  constructor(fields: Fields<FailoverPaused>) {
    super(fields);
  }
}

/** Automatic failover is on again. */
export class FailoverPauseEnded extends Message {
  @NonEmptyText(200) owner!: string;
  @NonEmptyText(1000) reason!: string;
  @Time() until!: string;
  /** Who ended it; absent where its time was over. */
  @Optional() @NonEmptyText(200) by?: string;

  constructor(fields: Fields<FailoverPauseEnded>) {
    super(fields);
  }
}

/** An outage in its parts, from the first failure that was seen to the first verified write on the target. */
export class RecoveryTime extends Message {
  @Count() totalMs!: number;
  /** First failure seen → the loss established by quorum. */
  @Count() detectMs!: number;
  /** The loss established → the decision; the dwell is in here. */
  @Count() decideMs!: number;
  /** Waited for a human. */
  @Count() approveMs!: number;
  @Count() fenceMs!: number;
  @Count() promoteMs!: number;
  /** Routes, names, caches, applications. */
  @Count() routeMs!: number;
  @Count() validateMs!: number;
}

/** Every postcondition was probed from outside, except those of `skippedSteps`: the service runs on the target site. */
export class FailoverCompleted extends Message {
  @Name() operationId!: string;
  @Name() fromSite!: string;
  @Name() toSite!: string;
  @OneOf(['planned', 'unplanned']) mode!: 'planned' | 'unplanned';
  @Count() epoch!: number;
  @OneOf(fenceLevels) fenceLevel!: FenceLevel;
  /** From the decision to the first verified write on the target. */
  @Count() durationMs!: number;
  @Count() timeline!: number;
  @Text(40) switchLsn!: string;
  @Optional() @Count() lostBytes?: number;
  @Optional() @Count() lostRows?: number;
  @Optional() @Count() lossMs?: number;
  /** What was expected to be lost when it was decided, to be held against what was measured. */
  @Optional() @Count() estimatedLostBytes?: number;
  @Optional() @Count() estimatedLostRows?: number;
  @Optional() @Count() estimatedLossMs?: number;
  @Optional() @Nested(() => RecoveryTime) rto?: RecoveryTime;
  /** Steps that a human went on without. */
  @Optional() @Names() skippedSteps?: string[];

  constructor(fields: Fields<FailoverCompleted>) {
    super(fields);
  }
}

/** Stopped past the point of no return, or with nothing left to try: a human is needed. */
export class FailoverFailed extends Message {
  @Name() operationId!: string;
  @Name() step!: string;
  @NonEmptyText() reason!: string;
  /** The exact commands that may come next. */
  @Texts(20) needs!: string[];

  constructor(fields: Fields<FailoverFailed>) {
    super(fields);
  }
}

/** The failover was undone, newest step first: service is where it was. */
export class FailoverRolledBack extends Message {
  @Name() operationId!: string;
  @NonEmptyText() reason!: string;
  @Names() undoneSteps!: string[];
  /** What a human has to see to now, each with the command to type. */
  @Optional() @Texts(10) needs?: string[];

  constructor(fields: Fields<FailoverRolledBack>) {
    super(fields);
  }
}

/** What a standby lacks to take over. */
export class StandbyProblem extends Message {
  @Name() site!: string;
  @NonEmptyText(300) problem!: string;
}

/** The primary works, and no standby could take over from it now: a loss at this moment could not be answered. */
export class RedundancyLost extends Message {
  @Name() site!: string;
  @Time() since!: string;
  @NonEmptyText() reason!: string;
  @ListOf(() => StandbyProblem) standbys!: StandbyProblem[];

  constructor(fields: Fields<RedundancyLost>) {
    super(fields);
  }
}

/** A standby can take over again. */
export class RedundancyRestored extends Message {
  @Name() site!: string;
  @Time() since!: string;
  @Names() standbys!: string[];
  @Count() durationMs!: number;

  constructor(fields: Fields<RedundancyRestored>) {
    super(fields);
  }
}

/**
 * Commits no longer wait for a synchronous standby that is lost: knowingly, after what policy allows. Until it is restored a
 * failover may lose acknowledged rows.
 */
export class ReplicationDegraded extends Message {
  @Name() site!: string;
  @Name() database!: string;
  /** The synchronous standbys that were lost. */
  @Names() lost!: string[];
  /** Those for which commits still wait. */
  @Names() remaining!: string[];
  @Time() since!: string;
  @NonEmptyText() reason!: string;

  constructor(fields: Fields<ReplicationDegraded>) {
    super(fields);
  }
}

/** Commits wait for every synchronous standby of the estate again: nothing acknowledged can be lost with the primary. */
export class ReplicationRestored extends Message {
  @Name() site!: string;
  @Name() database!: string;
  @Names() synchronous!: string[];
  @Time() since!: string;
  @Count() durationMs!: number;

  constructor(fields: Fields<ReplicationRestored>) {
    super(fields);
  }
}

/** One thing that did not agree with the epoch, and what was done about it. */
export class EpochCorrection extends Message {
  @NonEmptyText(300) target!: string;
  @NonEmptyText(500) found!: string;
  @NonEmptyText(500) done!: string;
}

/** A database took writes against the epoch, or a load balancer had forgotten where to send: put right, or named for a human. */
export class EpochEnforced extends Message {
  /** The site that the epoch names. */
  @Name() site!: string;
  @Count() epoch!: number;
  @ListOf(() => EpochCorrection) corrections!: EpochCorrection[];
  /** What a human has to do at once; empty when everything was put right. */
  @Texts() needs!: string[];

  constructor(fields: Fields<EpochEnforced>) {
    super(fields);
  }
}

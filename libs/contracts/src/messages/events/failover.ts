import {
  Count,
  Data,
  Flag,
  Fraction,
  ListOf,
  Name,
  Names,
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

/** Every postcondition was probed from outside: the service runs on the target site. */
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

  constructor(fields: Fields<FailoverRolledBack>) {
    super(fields);
  }
}

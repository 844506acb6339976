import { Flag, Name, NonEmptyText, OneOf, Optional, Text } from '../fields.js';
import { Message } from '../message.js';
import { AbortOperation, ApproveOperation, StatusOf } from './common.js';

export const failoverModes = ['planned', 'unplanned'] as const;
export type FailoverMode = (typeof failoverModes)[number];

/** Moves service to another site. `planned` loses nothing or does not happen; `unplanned` fences what does not answer. */
export class StartFailover extends Message {
  @Name() to!: string;
  @NonEmptyText(1000) reason!: string;
  @OneOf(failoverModes) mode!: FailoverMode;
  @Optional() @Flag() dryRun?: boolean;
  /** Accepts, for this one operation, that acknowledged writes may be lost. */
  @Optional() @Flag() allowDataLoss?: boolean;
  @Optional() @NonEmptyText(200) by?: string;
}

export class ApproveFailover extends ApproveOperation {}
export class AbortFailover extends AbortOperation {}

/** Stops automatic failover, never for ever. */
export class PauseFailover extends Message {
  /** How long, such as `2h`; the pause ends by itself. */
  @NonEmptyText(20) expiry!: string;
  @NonEmptyText(1000) reason!: string;
  @NonEmptyText(200) owner!: string;
}

/** Ends a pause; with an operation's id, lets an operation that stopped for a human go on. */
export class ResumeFailover extends Message {
  @Optional() @Name() operationId?: string;
  @NonEmptyText(200) by!: string;
  /** A failed step to go on without, done by hand or given up; never one on which safety rests. Needs a reason. */
  @Optional() @Name() skip?: string;
  @Optional() @NonEmptyText(1000) reason?: string;
}

export class QueryFailoverStatus extends StatusOf {}

/** The outcome of one move of service: its decision, evidence, fence, RTO, RPO and every external change. */
export class QueryFailoverReport extends Message {
  @Name() operationId!: string;
}

/** What a failover to a site would change, step by step. */
export class QueryFailoverPlan extends Message {
  @Optional() @Name() to?: string;
  @Optional() @OneOf(failoverModes) mode?: FailoverMode;
  @Optional() @Text(128) runbook?: string;
}

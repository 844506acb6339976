import { DrError, type ErrorReply } from '@novacron/contracts';
import type { JournalRecord } from '../journal/record.js';
import { type Action, nextActions } from '../state/next-actions.js';
import { pastPointOfNoReturn, resultsOf } from '../state/operation-state.js';
import type { NodeContext, RunbookNode } from '../steps/runbook.js';
import { durationsOf } from './estimates.js';
import { needsOf } from './needs.js';
import { attempt, intend, stepContext, undo } from './perform-step.js';
import type { Teller } from './teller.js';
import { Wake } from './wake.js';
import type { WorkerContext } from './worker-context.js';
import { assertOurs, write } from './worker-journal.js';

/**
 * Brings one operation as far as it goes, under its lease: asks the journal what may happen next, does it, writes it down.
 * Whatever goes wrong with the bus or the lease ends the worker, never the operation: the next one goes on from the journal.
 */
export class OperationWorker {
  private readonly wake = new Wake();
  /** What is being done now, by step. */
  private readonly running = new Map<string, Promise<void>>();
  /** Attempts whose INTENT this worker wrote. */
  private readonly intended = new Map<string, number>();
  private readonly humanAbort = new AbortController();
  private draining = false;
  private fault: DrError | undefined;

  constructor(
    private readonly context: WorkerContext,
    private readonly teller: Teller,
  ) {}

  /**
   * Resolved when the operation is settled, or (false) when the worker was told to leave.
   * @throws DrError LEASE_LOST or STALE_TOKEN when another may go on.
   */
  async run(): Promise<boolean> {
    const { log, signal, token } = this.context;
    const forget = log.onRecord((record) => this.notice(record));
    const onAbort = (): void => this.wake.wake();
    signal.addEventListener('abort', onAbort);
    try {
      for (const record of log.records) this.teller.add(record);
      if (log.state.abort !== undefined) this.abortRunning();
      // Not written behind the claim of another with the same token: its records and ours could not be told apart.
      if (!(await write(this.context, { kind: 'claimed', token }, (state) => state.token < token))) {
        throw new DrError('STALE_TOKEN', `operation ${log.state.operationId} was claimed by another worker`);
      }
      return await this.work();
    } finally {
      signal.removeEventListener('abort', onAbort);
      forget();
      await Promise.allSettled(this.running.values());
    }
  }

  /** Begins nothing any more and leaves when what runs has ended. */
  drain(): void {
    this.draining = true;
    this.wake.wake();
  }

  private async work(): Promise<boolean> {
    for (;;) {
      if (this.fault !== undefined) throw this.fault;
      assertOurs(this.context);
      if (this.draining) {
        if (this.running.size === 0) return false;
        await this.wake.wait(Infinity);
        continue;
      }
      let untilMs = Infinity;
      let moved = false;
      for (const action of nextActions(this.context.log.state, Date.now())) {
        if (action.kind === 'sleep') untilMs = Math.min(untilMs, action.until);
        else moved = (await this.begin(action)) || moved;
      }
      if (this.context.log.state.settled) return true;
      if (!moved) await this.wake.wait(untilMs);
    }
  }

  /** Does what is quick; begins what may take long. True when the state has moved, so that it must be looked at again. */
  private async begin(action: Exclude<Action, { kind: 'sleep' }>): Promise<boolean> {
    switch (action.kind) {
      case 'intend':
        return this.spawn(action.steps, () => intend(this.context, action.steps));
      case 'attempt': {
        const { step } = action;
        return this.spawn([step], () => attempt(this.context, step, this.intended.get(step), this.humanAbort.signal));
      }
      case 'undo':
        return this.spawn([action.step], () => undo(this.context, action.step));
      case 'intend-undo': {
        if (!this.context.steps.has(action.step)) return this.stopForMissing(`step ${action.step}`);
        const number = (this.context.log.state.steps.get(action.step)?.undoAttempt ?? 0) + 1;
        return write(this.context, { kind: 'undo-intent', step: action.step, attempt: number });
      }
      case 'ask':
      case 'begin-wait':
        return this.enter(action.node);
      case 'expire': {
        const error = new DrError('APPROVAL_REQUIRED', `${action.node} was not approved in time`).toReply();
        const open = (): boolean => this.gateStatus(action.node) === 'asked';
        return write(this.context, { kind: 'expired', node: action.node, error }, open);
      }
      case 'end-wait':
        return write(this.context, { kind: 'waited', node: action.node });
      case 'begin-undo':
        return write(this.context, { kind: 'undoing', reason: action.reason });
      case 'end':
        return write(this.context, { kind: 'ended', ...action.end });
      case 'stop':
        return this.stop(action.error, action.step);
      case 'settle':
        return this.settle();
    }
  }

  private async spawn(steps: readonly string[], work: () => Promise<void>): Promise<boolean> {
    if (steps.some((step) => this.running.has(step))) return false;
    const missing = steps.find((step) => !this.context.steps.has(step));
    if (missing !== undefined) return this.running.size === 0 && (await this.stopForMissing(`step ${missing}`));
    const task = work()
      .catch((error: unknown) => {
        this.fault ??= DrError.from(error);
      })
      .finally(() => {
        for (const step of steps) this.running.delete(step);
        this.wake.wake();
      });
    for (const step of steps) this.running.set(step, task);
    return false;
  }

  /** An operation keeps the runbook it started with: without the code of a step it waits for a program that has it. */
  private stopForMissing(what: string): Promise<boolean> {
    const { runbook, version } = this.context.log.state;
    const error = new DrError('UNSUPPORTED_MESSAGE', `this program has no ${what} of runbook ${runbook} ${version}`, {
      hint: `deploy a program whose runbook ${runbook} has ${what}`,
    });
    return this.stop(error.toReply());
  }

  private async stop(error: ErrorReply, step?: string): Promise<boolean> {
    const { log, commands, logger } = this.context;
    const needs = needsOf(log.state, error, commands, step, (name) => this.byHand(name));
    const { operationId, correlationId } = log.state;
    logger.error('an operation needs a human', { operation: operationId, correlation: correlationId, step, needs });
    return write(this.context, { kind: 'stopped', error, needs, ...(step === undefined ? {} : { step }) }, (state) =>
      ['forward', 'undoing'].includes(state.phase),
    );
  }

  /** That nothing can be said must not keep the operation from saying that it has stopped. */
  private byHand(name: string): readonly string[] {
    try {
      const about = stepContext(this.context, name, this.context.signal);
      return this.context.steps.get(name)?.byHand?.(about) ?? [];
    } catch (error) {
      const reason = DrError.from(error).message;
      this.context.logger.warn('what a human may do is not known', { step: name, reason });
      return [];
    }
  }

  /** An approval or a wait begins: what the runbook's code says about it is journaled, so that it is asked only once. */
  private async enter(name: string): Promise<boolean> {
    const { log, runbook } = this.context;
    const node: RunbookNode<unknown> | undefined = runbook?.nodes.find((each) => each.name === name);
    const { operationId, correlationId, params } = log.state;
    const about: NodeContext<unknown> = { operationId, correlationId, params, results: resultsOf(log.state) };
    try {
      if (node !== undefined && 'approval' in node) {
        const { approval } = node;
        if (approval.needed?.(about) === false) return await write(this.context, { kind: 'skipped', node: name });
        const notBy = approval.notBy?.(about) ?? [];
        return await write(this.context, {
          kind: 'approval-requested',
          node: name,
          reason: approval.reason(about),
          expiresAt: new Date(Date.now() + approval.expiresAfterMs).toISOString(),
          approvals: approval.approvalsFor?.(about) ?? approval.approvals ?? 1,
          ...(notBy.length === 0 ? {} : { notBy }),
        });
      }
      if (node !== undefined && 'waitFor' in node) {
        const wait = node.waitFor(about);
        const until = typeof wait === 'number' ? new Date(Date.now() + wait) : wait;
        return await write(this.context, { kind: 'waiting', node: name, until: until.toISOString() });
      }
    } catch (error) {
      assertOurs(this.context);
      return this.giveUp(DrError.from(error).toReply());
    }
    return this.stopForMissing(`node ${name}`);
  }

  private giveUp(error: ErrorReply): Promise<boolean> {
    if (pastPointOfNoReturn(this.context.log.state)) return this.stop(error);
    return write(this.context, { kind: 'undoing', reason: error.message });
  }

  /** The last word: all was told, so whoever finds this record knows that nothing is left to do. */
  private async settle(): Promise<boolean> {
    await this.teller.caughtUp();
    const { state } = this.context.log;
    const outcome = state.end?.outcome ?? 'failed';
    return write(
      this.context,
      { kind: 'settled', outcome, version: state.version, durationsMs: durationsOf(state) },
      (now) => now.n === state.n,
    );
  }

  private notice(record: JournalRecord): void {
    this.teller.add(record);
    if (record.kind === 'intent' && record.by === this.context.instance) {
      for (const step of record.steps) this.intended.set(step.name, step.attempt);
    }
    if (record.kind === 'abort-requested') this.abortRunning();
    this.wake.wake();
  }

  private abortRunning(): void {
    const { abort } = this.context.log.state;
    const reason = `aborted by ${abort?.by ?? 'an operator'}: ${abort?.reason ?? ''}`;
    this.humanAbort.abort(new DrError('CONFLICT', reason));
  }

  private gateStatus(node: string): string | undefined {
    return this.context.log.state.gates.get(node)?.status;
  }
}

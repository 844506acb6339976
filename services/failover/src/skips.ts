import { Injectable } from '@nestjs/common';
import { durationMs } from '@novacron/contracts';
import { assertSkippable } from '@novacron/operations';
import { LoadedEstate } from '@novacron/service';
import { StateStore } from './adapters/state-store.js';
import { agreedSkip, type PendingSkip, type SkipAsked } from './domain/agreed-skip.js';
import { FailoverOperations } from './failover-operations.js';
import { defaultApprovalExpiry } from './steps/ask-first.js';

/** Lets an operation go on without a failed step, once as many persons want it as policy asks for an approval. */
@Injectable()
export class Skips {
  constructor(
    private readonly operations: FailoverOperations,
    private readonly store: StateStore,
    private readonly loaded: LoadedEstate,
  ) {}

  /**
   * What came of it, for people. Who asks first is remembered, outside the operation, until the others have asked or the time is over.
   * @throws DrError CONFLICT for a step that it cannot go on without, and for a person who has asked already.
   */
  async ask(operationId: string, step: string, asked: SkipAsked): Promise<string> {
    const { approvals = 1, approvalExpiry = defaultApprovalExpiry } = this.loaded.estate.failover;
    const name = `skip.${operationId}.${step}`;
    for (;;) {
      const seen = await this.store.read<PendingSkip>(name);
      assertSkippable(await this.operations.state(operationId), step);
      const policy = { persons: approvals, expiresAfterMs: durationMs(approvalExpiry), nowMs: Date.now() };
      const answer = agreedSkip(seen.value, asked, policy);
      if (answer.agreed) {
        await this.operations.resume(operationId, answer.by, answer.reason, step);
        if (seen.value !== undefined) await this.store.remove(name, seen);
        return `operation ${operationId} goes on without step ${step}`;
      }
      const { pending, missing } = answer;
      if (!(await this.store.write(name, pending, seen))) continue;
      const others = missing === 1 ? 'a second person' : `${missing} more persons`;
      return `accepted: operation ${operationId} waits for ${others}, who must send the same until ${pending.expiresAt}`;
    }
  }
}

import {
  BackupFailed,
  BackupReplicated,
  BackupsPruned,
  type Message,
  RepositoryUpkeepFailed,
  RepositoryVerified,
  StoreProblem,
} from '@novacron/contracts';
import type { JournalRecord, OperationState, RecordOf } from '@novacron/operations';
import { type CopiedBackup, copyStep } from './copy-steps.js';
import { readBackStep, type VerifiedStore, type VerifiedStores } from './verify-store-steps.js';
import { pruneSteps, type PrunedStore } from './prune-steps.js';

interface UpkeepEvent {
  readonly event: Message;
  readonly id: string;
}

/** What the bus is told of an operation that cares for what is stored. */
export function eventsOfUpkeep(record: JournalRecord, state: OperationState): UpkeepEvent[] {
  const { operationId } = record;
  if (record.kind === 'done') {
    return eventsOfStep(record).map(({ event, part }) => ({
      event,
      id: [operationId, record.step, part, record.attempt].join(':'),
    }));
  }
  if (record.kind === 'stopped') {
    const { step = 'none', error } = record;
    return [{ event: failed(operationId, state.runbook, step, error), id: `${operationId}:stopped:${record.n}` }];
  }
  if (record.kind !== 'ended' || record.outcome === 'completed') return [];
  const [step, last] = [...state.steps].filter(([, { error }]) => error !== undefined).at(-1) ?? [];
  const message = record.reason ?? state.undoReason ?? record.outcome;
  const error = last?.error ?? { code: 'CONFLICT', message };
  return [{ event: failed(operationId, state.runbook, step ?? 'none', error), id: `${operationId}:ended` }];
}

function eventsOfStep(record: RecordOf<'done'>): { readonly event: Message; readonly part: string }[] {
  if (record.step === pruneSteps.remove) {
    const { stores } = record.result as { readonly stores: readonly PrunedStore[] };
    return stores.map((pruned) => ({ event: prunedEvent(pruned), part: pruned.store }));
  }
  if (record.step === copyStep) {
    const { backupId, fromStore, copy } = record.result as CopiedBackup;
    return [{ event: new BackupReplicated({ backupId, fromStore, ...copy }), part: copy.toStore }];
  }
  if (record.step === readBackStep) {
    return (record.result as VerifiedStores).stores.flatMap((verified) => [
      { event: verifiedEvent(verified), part: verified.store },
      ...verified.damaged.map(({ backupId, reason }) => ({
        event: new BackupFailed({ backupId, step: 'verify', reason, code: 'CORRUPT_OBJECT', store: verified.store }),
        part: `${verified.store}:${backupId}`,
      })),
    ]);
  }
  return [];
}

function prunedEvent({ expired, kept, locked, ...rest }: PrunedStore): BackupsPruned {
  return new BackupsPruned({
    ...rest,
    expired: expired.slice(-1000),
    kept: kept.slice(-1000),
    locked: locked.map((problem) => Object.assign(new StoreProblem(), problem)),
  });
}

function verifiedEvent(verified: VerifiedStore): RepositoryVerified {
  const { store, good, backups, objects, walObjects, checkedBytes, skipped, problemCount, problems } = verified;
  const { durationMs, verifiedAt } = verified;
  return new RepositoryVerified({
    ...{ store, good, backups, objects, walObjects, checkedBytes, skipped, problemCount, durationMs, verifiedAt },
    problems: problems.map((problem) => Object.assign(new StoreProblem(), problem)),
  });
}

function failed(
  operationId: string,
  task: string,
  step: string,
  { code, message }: { readonly code: string; readonly message: string },
): RepositoryUpkeepFailed {
  return new RepositoryUpkeepFailed({ operationId, task, step, reason: message.slice(0, 4000), code });
}

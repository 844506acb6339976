import {
  BackupCompleted,
  BackupFailed,
  BackupPart,
  BackupReplicated,
  BackupStarted,
  BackupUnchanged,
  BackupVerified,
  type ErrorReply,
  type Message,
} from '@novacron/contracts';
import { type JournalRecord, type OperationState, type RecordOf, resultsOf } from '@novacron/operations';
import { drilledOf } from '../restore-drill/drill-events.js';
import { resultOf, type StepResults } from '../steps/results.js';
import { eventsOfUpkeep } from '../upkeep/events-of-upkeep.js';
import type { BackupParams } from './backup-params.js';

/** An event to publish for a journal record, under an id that is the same however often the record is told. */
export interface RecordEvent {
  readonly event: Message;
  readonly id: string;
}

/** What the bus is told of a backup, or of the reading back of one. */
export function eventsOf(record: JournalRecord, state: OperationState): RecordEvent[] {
  const { operationId } = record;
  if (!isBackup(state) && state.runbook !== 'verify' && state.runbook !== 'restore-drill')
    return eventsOfUpkeep(record, state);
  const { backupId } = state.params as Pick<BackupParams, 'backupId'>;
  if (record.kind === 'started')
    return isBackup(state) ? [{ event: started(state), id: `${operationId}:started` }] : [];
  if (record.kind === 'done') {
    return eventsOfStep(record, state).map(({ event, part }) => ({
      event,
      id: [operationId, record.step, ...part, record.attempt].join(':'),
    }));
  }
  if (record.kind === 'stopped')
    return [{ event: failed(backupId, record.step, record.error), id: `${operationId}:stopped:${record.n}` }];
  if (record.kind !== 'ended' || record.outcome === 'completed') return [];
  const [step, error] = failedStep(state);
  const reason = record.reason ?? state.undoReason ?? record.outcome;
  return [
    { event: failed(backupId, step, error ?? { code: 'CONFLICT', message: reason }), id: `${operationId}:ended` },
  ];
}

/** Of whichever kind; a verification tells no beginning. */
function isBackup({ runbook }: OperationState): boolean {
  return ['backup', 'incremental-backup', 'logical-backup'].includes(runbook);
}

interface StepEvent {
  readonly event: Message;
  /** Tells several events of one record apart. */
  readonly part: readonly string[];
}

function eventsOfStep(record: RecordOf<'done'>, state: OperationState): StepEvent[] {
  const drilled = state.runbook === 'restore-drill' ? drilledOf(record, state) : undefined;
  if (drilled !== undefined) return [{ event: drilled, part: [] }];
  const params = state.params as BackupParams;
  const { backupId } = params;
  const context = { results: resultsOf(state) };
  const found = context.results.has('find-changes') ? resultOf(context, 'find-changes') : undefined;
  if (found?.unchanged === true) {
    // Told once nothing of it is left behind.
    return record.step === 'clean-spool' ? [{ event: unchanged(record, state, found.components), part: [] }] : [];
  }
  if (record.step === 'commit') {
    const { parts, ...committed } = resultOf(context, 'commit');
    const durationMs = Math.max(0, Date.parse(record.at) - Date.parse(params.startedAt));
    const event = new BackupCompleted({
      ...{ backupId, kind: params.kind, store: params.store, durationMs },
      ...committed,
      parts: parts.map((part) => new BackupPart(part)),
      ...(params.parent === undefined ? {} : { parentBackupId: params.parent.parentBackupId }),
      ...noteOf(context),
    });
    return [{ event, part: [] }];
  }
  if (record.step === 'verify') {
    return resultOf(context, 'verify').copies.map((copy) => ({
      event: new BackupVerified({ backupId, ...copy }),
      part: [copy.store],
    }));
  }
  if (record.step !== 'replicate') return [];
  return resultOf(context, 'replicate').copies.map((copy) => ({
    event: new BackupReplicated({ backupId, fromStore: params.store, ...copy }),
    part: [copy.toStore],
  }));
}

function started(state: OperationState): BackupStarted {
  const { backupId, kind, components, site, startedAt, form, parent, reason } = state.params as BackupParams;
  return new BackupStarted({
    ...{ backupId, kind, components: [...components], site, startedAt },
    ...(form === undefined ? {} : { form }),
    ...(parent === undefined ? {} : { parentBackupId: parent.parentBackupId }),
    reason: reason.slice(0, 2_000),
  });
}

function unchanged(
  record: RecordOf<'done'>,
  state: OperationState,
  found: StepResults['find-changes']['components'],
): BackupUnchanged {
  const { backupId, components, startedAt, parent } = state.params as BackupParams;
  return new BackupUnchanged({
    ...{ backupId, parentBackupId: parent?.parentBackupId ?? backupId, components: [...components] },
    untilLsn: found.map(({ untilLsn }) => untilLsn).join(' '),
    checkedAt:
      found
        .map(({ at }) => at)
        .toSorted()
        .at(0) ?? record.at,
    durationMs: Math.max(0, Date.parse(record.at) - Date.parse(startedAt)),
  });
}

/** Of an increment what it is, and of a copy why it was not read from where policy says. */
function noteOf(context: { readonly results: ReadonlyMap<string, unknown> }): { note?: string } {
  const { note } = context.results.has('copy-changes') ? resultOf(context, 'copy-changes') : {};
  const read = (['base-backup', 'logical-dump'] as const)
    .filter((step) => context.results.has(step))
    .flatMap((step) => resultOf(context, step).components);
  const notes = [note, ...read.map(({ sourceNote }) => sourceNote)].filter((one) => one !== undefined);
  return notes.length === 0 ? {} : { note: notes.join('; ').slice(0, 4_000) };
}

function failed(
  backupId: string,
  step = 'none',
  { code, message }: Pick<ErrorReply, 'code' | 'message'>,
): BackupFailed {
  return new BackupFailed({ backupId, step, reason: message.slice(0, 4000), code });
}

/** The step whose error ended the operation: the last one that has any. */
function failedStep(state: OperationState): [string | undefined, ErrorReply | undefined] {
  const [name, step] = [...state.steps].filter(([, { error }]) => error !== undefined).at(-1) ?? [];
  return [name, step?.error];
}

import type { JournalRecord, OperationState } from '@novacron/operations';

export interface Stop {
  readonly step: string;
  readonly reason: string;
  readonly needs: string[];
}

/** Why an operation did not get where it should, when the record says so: stopped for a human, undone, or aborted. */
export function stopOf(record: JournalRecord, state: OperationState): Stop | undefined {
  if (record.kind === 'stopped') {
    return { step: record.step ?? 'none', reason: record.error.message, needs: [...record.needs] };
  }
  if (record.kind !== 'ended' || record.outcome === 'completed') return undefined;
  const failed = [...state.steps.values()].find(({ error }) => error !== undefined && error !== null);
  const reason = record.reason ?? failed?.error?.message ?? state.undoReason ?? 'it was aborted';
  const hint = failed?.error?.hint;
  const details = (failed?.error?.details ?? []).map(({ path, problem }) => `${path}: ${problem}`).slice(0, 10);
  return {
    step: failed?.shape.name ?? 'none',
    reason: reason.slice(0, 4_000),
    needs: [...(hint === undefined || hint === '' ? [] : [hint]), ...details].map((text) => text.slice(0, 4_000)),
  };
}

const mostResultBytes = 8 * 1024;

/** A step's result as an event carries it: an object, and not a large one. */
export function resultField(result: unknown): { readonly result?: Record<string, unknown> } {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return {};
  return JSON.stringify(result).length <= mostResultBytes ? { result: result as Record<string, unknown> } : {};
}

import { DrError, type ProblemDetail } from '@novacron/contracts';
import type { JournalRecord, RecordFields, RecordKind } from './record.js';

type Shape = 'string' | 'number' | 'boolean' | 'array' | 'object';

const head: Record<string, Shape> = {
  id: 'string',
  n: 'number',
  at: 'string',
  operationId: 'string',
  service: 'string',
  runbook: 'string',
  by: 'string',
};

/** The fields each kind cannot do without. A record may carry more: a newer writer's additions are kept and ignored. */
const required: { [K in RecordKind]: Partial<Record<keyof RecordFields[K], Shape>> } = {
  started: { version: 'string', nodes: 'array', correlationId: 'string' },
  claimed: { token: 'number' },
  intent: { steps: 'array' },
  done: { step: 'string', attempt: 'number', found: 'boolean', durationMs: 'number' },
  failed: { step: 'string', attempt: 'number', error: 'object' },
  'approval-requested': { node: 'string', reason: 'string', expiresAt: 'string', approvals: 'number' },
  approved: { node: 'string' },
  skipped: { node: 'string' },
  expired: { node: 'string', error: 'object' },
  waiting: { node: 'string', until: 'string' },
  waited: { node: 'string' },
  'abort-requested': { reason: 'string' },
  paused: { reason: 'string' },
  resumed: {},
  undoing: { reason: 'string' },
  'undo-intent': { step: 'string', attempt: 'number' },
  undone: { step: 'string', attempt: 'number', durationMs: 'number' },
  'undo-failed': { step: 'string', attempt: 'number', error: 'object' },
  ended: { outcome: 'string' },
  stopped: { error: 'object', needs: 'array' },
  settled: { outcome: 'string', version: 'string', durationsMs: 'object' },
};

/**
 * A stored message as a record.
 * @throws DrError INVALID_MESSAGE for what is not JSON or lacks a field, UNSUPPORTED_MESSAGE for a version or kind of a newer
 * program: both mean that this program must not touch the operation.
 */
export function parseRecord(text: string): JournalRecord {
  const value = parseJson(text);
  if (value['v'] !== 1 || typeof value['kind'] !== 'string' || !Object.hasOwn(required, value['kind'])) {
    throw new DrError(
      'UNSUPPORTED_MESSAGE',
      `a journal record of an unknown version or kind (${String(value['kind'])})`,
    );
  }
  const details = problems(value, { ...head, ...required[value['kind'] as RecordKind] });
  if (details.length > 0) throw new DrError('INVALID_MESSAGE', 'a journal record is not valid', { details });
  return value as unknown as JournalRecord;
}

function parseJson(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    throw new DrError('INVALID_MESSAGE', 'a journal record is not JSON', { cause });
  }
  throw new DrError('INVALID_MESSAGE', 'a journal record is not a JSON object');
}

function problems(value: Record<string, unknown>, shapes: Record<string, Shape>): ProblemDetail[] {
  return Object.entries(shapes).flatMap(([path, shape]) =>
    fits(value[path], shape) ? [] : [{ path, problem: `must be of type ${shape}` }],
  );
}

function fits(value: unknown, shape: Shape): boolean {
  if (shape === 'array') return Array.isArray(value);
  if (shape === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === shape;
}

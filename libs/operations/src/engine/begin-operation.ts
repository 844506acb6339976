import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { currentAmbient, nextTrace } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import { type Journal, recordAt } from '../journal/journal.js';
import { type Runbook, shapeOf } from '../steps/runbook.js';
import type { Admission } from './admission.js';
import { refuse } from './operation-driver.js';
import { OperationLog } from './operation-log.js';
import type { HumanCommands } from './worker-context.js';

export interface BeginOptions {
  readonly runbook: string;
  /** Given twice, the operation is begun once. One subject token; made up unless given. */
  readonly operationId?: string;
  readonly params: unknown;
  readonly correlationId?: string;
  /** The event or command that caused this. */
  readonly causedBy?: { readonly id: string; readonly correlationId?: string };
}

/** Who begins, and where. */
export interface Beginner {
  readonly journal: Journal;
  readonly admission: Admission;
  readonly service: string;
  readonly instance: string;
  readonly commands: HumanCommands;
}

/** How long a bus that does not confirm is waited for, milliseconds. */
const beginTimeoutMs = 10_000;

/**
 * Stores the operation's first record and has it admitted under its runbook's word.
 * @throws DrError OPERATION_RUNNING, CONFLICT, INVALID_MESSAGE, BUS_UNAVAILABLE: see {@link OperationEngine.begin}.
 */
export async function beginOperation(
  beginner: Beginner,
  runbook: Runbook,
  options: BeginOptions,
): Promise<OperationLog> {
  const { admission, instance, commands } = beginner;
  const operationId = options.operationId ?? newOperationId(runbook.name);
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/u.test(operationId)) {
    throw new DrError('INVALID_MESSAGE', 'an operation id must be 1 to 128 letters, digits, - or _');
  }
  const { exclusive } = runbook;
  const running = exclusive === undefined ? undefined : await admission.runningUnder(exclusive, operationId);
  if (running !== undefined) throw alreadyRunning(running);
  const log = await started(beginner, runbook, operationId, options);
  if (exclusive === undefined || log.state.phase !== 'forward') return log;
  // The journal first, then the word: whoever finds the word taken can see by the journal whether its holder runs.
  const other = await admission.admit(exclusive, operationId);
  if (other === undefined) return log;
  await refuse(log, other, { instance, commands });
  throw alreadyRunning(other);
}

export function alreadyRunning(operationId: string): DrError {
  return new DrError('OPERATION_RUNNING', `operation ${operationId} is running`, {
    details: [{ path: 'operationId', problem: operationId }],
  });
}

async function started(
  beginner: Beginner,
  runbook: Runbook,
  operationId: string,
  options: BeginOptions,
): Promise<OperationLog> {
  const { journal, service, instance } = beginner;
  const { causedBy, params } = options;
  const record = recordAt(
    {
      kind: 'started',
      version: runbook.version,
      nodes: shapeOf(runbook),
      params,
      correlationId: options.correlationId ?? causedBy?.correlationId ?? operationId,
      ...(causedBy === undefined ? {} : { causationId: causedBy.id }),
      ...(runbook.exclusive === undefined ? {} : { exclusive: runbook.exclusive }),
      // Of the command or event that is being handled; a trace of its own where nothing is.
      ...nextTrace(currentAmbient()),
    },
    { n: 1, operationId, service, runbook: runbook.name, by: instance },
  );
  const deadline = performance.now() + beginTimeoutMs;
  for (;;) {
    try {
      // Stored now, or earlier by us or by another who was given the same id: the journal tells.
      await journal.append(record, 0);
      const log = await OperationLog.load(journal, operationId);
      if (log.state.runbook === runbook.name && log.state.service === service) return log;
      throw new DrError('CONFLICT', `the id ${operationId} belongs to an operation of runbook ${log.state.runbook}`);
    } catch (error) {
      const failure = DrError.from(error);
      if (failure.code !== 'BUS_UNAVAILABLE' || performance.now() >= deadline) throw failure;
      await sleep(100);
    }
  }
}

function newOperationId(runbook: string): string {
  const [day = '', time = ''] = new Date()
    .toISOString()
    .replace(/[-:]|\.\d+Z$/gu, '')
    .split('T');
  return `${runbook}-${day}-${time}-${randomBytes(2).toString('hex')}`;
}

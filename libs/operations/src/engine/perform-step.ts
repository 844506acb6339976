import { DrError } from '@novacron/contracts';
import type { NewRecord } from '../journal/record.js';
import { isPaused, type OperationState, resultsOf, type StepState } from '../state/operation-state.js';
import type { Step, StepContext } from '../steps/step.js';
import { backoffMs, limited } from './limit.js';
import type { WorkerContext } from './worker-context.js';
import { assertOurs, write } from './worker-journal.js';

/** Reads what undo will need and writes the INTENT of all the steps at once; nothing outside has changed yet. */
export async function intend(context: WorkerContext, names: readonly string[]): Promise<void> {
  const captured = await Promise.allSettled(names.map((name) => captureFor(context, name)));
  context.signal.throwIfAborted();
  const steps: { name: string; attempt: number; captured?: unknown }[] = [];
  let failed = false;
  for (const [place, outcome] of captured.entries()) {
    const name = names[place] ?? '';
    if (outcome.status === 'fulfilled') {
      steps.push({ name, attempt: stateOf(context, name).attempt + 1, ...outcome.value });
    } else {
      failed = true;
      await fail(context, name, outcome.reason);
    }
  }
  if (failed) return;
  await write(context, { kind: 'intent', steps }, mayBegin);
}

/** Acts on a step that has an open INTENT: probe, run what is absent, verify, DONE; or FAILED. */
export async function attempt(
  context: WorkerContext,
  name: string,
  /** The attempt whose INTENT this very worker wrote, if any: only such a one is run without a new INTENT. */
  intended: number | undefined,
  humanAbort: AbortSignal,
): Promise<void> {
  const startedMs = performance.now();
  try {
    const step = implementation(context, name);
    const signal = AbortSignal.any([context.signal, humanAbort]);
    const limits = { what: `step ${name}`, timeoutMs: step.timeoutMs, signal, graceMs: context.timing.graceMs };
    let found = true;
    let result = await limited(limits, (ends) => step.probe(stepContext(context, name, ends)));
    // What the probe has left of the step's time; waiting for the journal in between does not count.
    const timeoutMs = Math.max(1, step.timeoutMs - (performance.now() - startedMs));
    if (result === undefined) {
      found = false;
      if (intended !== stateOf(context, name).attempt && !(await intendAgain(context, name))) return;
      const { captured } = stateOf(context, name);
      result = await limited({ ...limits, timeoutMs }, async (ends) => {
        const stepGets = stepContext(context, name, ends);
        assertOurs(context);
        const made = await step.run(stepGets, captured);
        ends.throwIfAborted();
        await step.verify(stepGets, made);
        return made;
      });
    } else {
      const seen = result;
      await limited({ ...limits, timeoutMs }, (ends) => step.verify(stepContext(context, name, ends), seen));
    }
    const durationMs = Math.round(performance.now() - startedMs);
    const { attempt: number } = stateOf(context, name);
    await write(context, { kind: 'done', step: name, attempt: number, found, durationMs, result }, isOpen(name));
  } catch (error) {
    assertOurs(context);
    await fail(context, name, error);
  }
}

/** Takes a step back that has an open UNDO INTENT. */
export async function undo(context: WorkerContext, name: string): Promise<void> {
  const startedMs = performance.now();
  const { undoAttempt, undoFailures, captured, shape } = stateOf(context, name);
  try {
    const step = implementation(context, name);
    const limits = { what: `undo of ${name}`, timeoutMs: step.timeoutMs, graceMs: context.timing.graceMs };
    await limited({ ...limits, signal: context.signal }, async (ends) => {
      assertOurs(context);
      await step.undo?.(stepContext(context, name, ends), captured);
    });
    const durationMs = Math.round(performance.now() - startedMs);
    await write(context, { kind: 'undone', step: name, attempt: undoAttempt, durationMs });
  } catch (error) {
    assertOurs(context);
    const failure = DrError.from(error);
    const again = failure.retryable && undoFailures + 1 < shape.attempts;
    context.logger.warn('an undo failed', { ...fieldsOf(context, name), reason: failure.message, again });
    await write(context, {
      kind: 'undo-failed',
      step: name,
      attempt: undoAttempt,
      error: failure.toReply(),
      ...(again ? { retryAt: retryAt(context, undoFailures + 1) } : {}),
    });
  }
}

async function captureFor(context: WorkerContext, name: string): Promise<{ captured?: unknown }> {
  const step = implementation(context, name);
  const { order } = stateOf(context, name);
  // Captured once, before the first change: later the target may show our own half-made effect.
  if (order !== undefined || step.capture === undefined) return {};
  const capture = step.capture.bind(step);
  const { timeoutMs } = step;
  const limits = { what: `step ${name}`, timeoutMs, signal: context.signal, graceMs: context.timing.graceMs };
  return { captured: await limited(limits, (ends) => capture(stepContext(context, name, ends))) };
}

/** A worker before us wrote the INTENT and the effect is not there: what we do now is an attempt of its own. */
async function intendAgain(context: WorkerContext, name: string): Promise<boolean> {
  const next = stateOf(context, name).attempt + 1;
  return write(context, { kind: 'intent', steps: [{ name, attempt: next }] }, mayBegin);
}

function mayBegin(state: OperationState): boolean {
  return state.abort === undefined && !isPaused(state, Date.now()) && state.phase === 'forward';
}

async function fail(context: WorkerContext, name: string, error: unknown): Promise<void> {
  const failure = DrError.from(error);
  const { attempt: number, failures, shape, order } = stateOf(context, name);
  const { abort } = context.log.state;
  const again = failure.retryable && failures + 1 < shape.attempts && abort === undefined;
  const lasting = !again && shape.pointOfNoReturn && order !== undefined;
  const effect = lasting ? { effect: await lastLook(context, name) } : {};
  context.logger.warn('a step failed', {
    ...fieldsOf(context, name),
    code: failure.code,
    reason: failure.message,
    again,
  });
  const failed: NewRecord = {
    kind: 'failed',
    ...{ step: name, attempt: number, error: failure.toReply() },
    ...(again ? { retryAt: retryAt(context, failures + 1) } : {}),
    ...effect,
  };
  // Of what nobody has begun, such as a look before the first change, there is no outcome to doubt.
  await write(context, failed, order === undefined ? undefined : isOpen(name));
}

/** An outcome that somebody else has put into the journal stands: a second one would make it a journal that nobody can replay. */
function isOpen(name: string): (state: OperationState) => boolean {
  return ({ steps }) => steps.get(name)?.status === 'open';
}

/** Whether a point of no return that failed for good left no effect: only then may what came before be undone. */
async function lastLook(context: WorkerContext, name: string): Promise<'absent' | 'unknown'> {
  try {
    const step = implementation(context, name);
    const { timeoutMs } = step;
    const limits = { what: `step ${name}`, timeoutMs, signal: context.signal, graceMs: context.timing.graceMs };
    const begun = await limited(limits, async (ends) => {
      const about = stepContext(context, name, ends);
      return step.mayHaveBegun?.(about) ?? (await step.probe(about)) !== undefined;
    });
    return begun ? 'unknown' : 'absent';
  } catch {
    assertOurs(context);
    return 'unknown';
  }
}

function implementation(context: WorkerContext, name: string): Step {
  const step = context.steps.get(name);
  if (step !== undefined) return step;
  const { runbook, version } = context.log.state;
  throw new DrError('UNSUPPORTED_MESSAGE', `this program has no step ${name} of runbook ${runbook} ${version}`, {
    hint: `deploy a program whose runbook ${runbook} has the step ${name}`,
  });
}

export function stepContext(context: WorkerContext, name: string, signal: AbortSignal): StepContext {
  const { state } = context.log;
  return {
    operationId: state.operationId,
    correlationId: state.correlationId,
    params: state.params,
    attempt: stateOf(context, name).attempt,
    token: context.token,
    signal,
    results: resultsOf(state),
    progress: (percent, note) => context.onProgress(name, percent, note),
    logger: context.logger,
  };
}

function stateOf(context: WorkerContext, name: string): StepState {
  const step = context.log.state.steps.get(name);
  if (step === undefined) throw new DrError('INTERNAL', `operation has no step ${name}`, { retryable: false });
  return step;
}

function retryAt(context: WorkerContext, failures: number): string {
  const { backoffMs: base, maxBackoffMs } = context.timing;
  return new Date(Date.now() + backoffMs(failures, context.random, base, maxBackoffMs)).toISOString();
}

function fieldsOf(context: WorkerContext, step: string): Record<string, unknown> {
  const { operationId, correlationId } = context.log.state;
  return { operation: operationId, correlation: correlationId, step };
}
